import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Access, EndpointDefinition } from '@atrium/contract-kit';
import { Controller, Get, Module, Req, SetMetadata, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AuthGuardModule, ENDPOINT_METADATA, Internal, requirePermission, requireSiteVisible,
  type AccessDenial, type PrincipalRequest,
} from '@atrium/platform/auth-guard';
import { currentContext, runInContext } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { TokenIssuer } from '@atrium/testing';

const site = randomUUID();
const otherSite = randomUUID();

const Guarded = (name: string, access: Access, more: Pick<EndpointDefinition, 'apiKeys'> = {}): MethodDecorator => {
  const definition: EndpointDefinition = {
    operationId: `test.${name}`, service: 'users', method: 'GET', path: `/${name}`, summary: name, access,
    success: { status: 200, description: 'ok' }, errors: [], ...more,
  };
  return SetMetadata(ENDPOINT_METADATA, definition);
};

@Controller()
class DoorsController {
  @Get('public') @Guarded('public', { kind: 'public' }) open() { return 'in'; }
  @Get('signed-in') @Guarded('signed-in', { kind: 'signed-in' }) signedIn() { return currentContext()?.userId ?? ''; }
  @Get('actor') @Guarded('actor', { kind: 'signed-in' }, { apiKeys: 'accepted' }) actor() { return currentContext()?.actor; }
  @Get('opened') @Guarded('opened', { kind: 'member' }, { apiKeys: { permission: 'users.read' } }) opened() { return 'in'; }
  @Get('member') @Guarded('member', { kind: 'member' })
  member(@Req() request: PrincipalRequest) { return request.principal?.orgId; }
  @Get('org') @Guarded('org', { kind: 'permission', permission: 'users.read', scope: 'org' }) org() { return 'in'; }
  @Get('site') @Guarded('site', { kind: 'permission', permission: 'users.read', scope: 'site' }) site() { return 'in'; }
  @Get('write-key') @Guarded('write-key', { kind: 'write-key', permission: 'events.write' }) writeKey() { return 'in'; }
  @Get('oauth') @Guarded('oauth', { kind: 'oauth' }) oauth() { return 'in'; }
  @Get('program') @Guarded('program', { kind: 'permission', permission: 'users.read', scope: 'org' })
  program() { return currentContext()?.actor?.kind ?? ''; }
  @Get('internal') @Internal() internal() { return 'in'; }
  @Get('forgotten') forgotten() { return 'in'; }
  @Get('policy') @Guarded('policy', { kind: 'member' })
  policy(@Req() request: PrincipalRequest) {
    if (!request.principal) throw new Error('no principal');
    requireSiteVisible(request.principal, 'users.read', site, 'user');
    requirePermission(request.principal, 'users.update', site);
    return 'in';
  }
}

@Module({})
class TestModule {
  static of(guard: DynamicModule): DynamicModule {
    return { module: TestModule, imports: [guard], controllers: [DoorsController] };
  }
}

describe('PrincipalGuard in a Nest app on Fastify', () => {
  let issuer: TokenIssuer;
  let app: NestFastifyApplication;
  const denials: AccessDenial[] = [];
  const revoked = new Set<string>();

  beforeAll(async () => {
    issuer = await new TokenIssuer().start();
    const guard = AuthGuardModule.forRootAsync({
      useFactory: () => ({
        jwksUrl: issuer.jwksUrl, issuer: issuer.url, audience: issuer.audience,
        revocations: { isRevoked: ({ sessionId }) => revoked.has(sessionId), start: async () => undefined, stop: () => undefined },
        accessLog: { denied: (denial) => denials.push(denial) },
      }),
    });
    app = await NestFactory.create<NestFastifyApplication>(TestModule.of(guard), new FastifyAdapter(), { logger: false, abortOnError: false });
    const fastify = app.getHttpAdapter().getInstance();
    fastify.addHook('onRequest', (_request, _reply, done) => runInContext({ requestId: 'r' }, done));
    app.useGlobalFilters({
      catch(error: unknown, host) {
        const { status, code, message } = error instanceof DomainError ? error : { status: 500, code: 'INTERNAL', message: String(error) };
        host.switchToHttp().getResponse<{ code(status: number): { send(body: unknown): void } }>().code(status).send({ code, message });
      },
    });
    await app.init();
  });
  afterAll(async () => {
    await app.close();
    issuer.stop();
  });
  beforeEach(() => void denials.splice(0));

  const get = async (path: string, claims?: Record<string, unknown>, authorization?: string) => {
    const header = authorization ?? (claims && `Bearer ${issuer.token(claims)}`);
    const answer = await app.inject({ method: 'GET', url: path, headers: header === undefined ? {} : { authorization: header } });
    return { status: answer.statusCode, text: answer.body };
  };

  it('lets anyone into public and internal handlers', async () => {
    expect((await get('/public')).status).toBe(200);
    expect((await get('/public', undefined, 'Bearer nonsense')).status).toBe(200);
    expect((await get('/internal')).status).toBe(200);
  });

  it('closes a handler that nobody described', async () => {
    expect((await get('/forgotten', { permissions: ['users.read'] })).status).toBe(403);
    expect(denials).toMatchObject([{ code: 'FORBIDDEN', operation: null, reason: expect.stringContaining('forgotten') }]);
  });

  it('answers 401 without a token, and logs only where one was presented', async () => {
    expect((await get('/signed-in')).status).toBe(401);
    expect((await get('/signed-in', undefined, 'Basic eDo=')).status).toBe(401);
    expect(denials).toEqual([]);
    expect((await get('/signed-in', undefined, 'Bearer nonsense')).status).toBe(401);
    expect(denials).toMatchObject([{ code: 'UNAUTHENTICATED', operation: 'test.signed-in', userId: null }]);
  });

  it('leaves the principal on the request and in the context', async () => {
    const sub = randomUUID();
    const org_id = randomUUID();
    expect((await get('/signed-in', { sub })).text).toBe(sub);
    expect((await get('/member', { org_id })).text).toBe(org_id);
  });

  it('refuses a revoked session', async () => {
    const sid = randomUUID();
    revoked.add(sid);
    expect((await get('/member', { sid })).status).toBe(401);
    expect(denials).toMatchObject([{ code: 'UNAUTHENTICATED', reason: 'the token is revoked' }]);
  });

  it('asks for an organization where the endpoint belongs to one', async () => {
    expect((await get('/signed-in', { org_id: null })).status).toBe(200);
    for (const path of ['/member', '/org', '/site']) {
      const answer = await get(path, { org_id: null, permissions: ['users.read'] });
      expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('Choose an organization first.') });
    }
  });

  it('takes a permission of one site for site scope alone', async () => {
    const claims = { site_permissions: { [site]: ['users.read'] } };
    expect((await get('/site', claims)).status).toBe(200);
    expect((await get('/org', claims)).status).toBe(403);
    expect((await get('/org', { permissions: ['users.read'] })).status).toBe(200);
    expect((await get('/site', { permissions: ['users.create'] })).status).toBe(403);
    expect(denials.at(-1)).toMatchObject({ code: 'FORBIDDEN', permission: 'users.read', operation: 'test.site' });
  });

  it('decides out of the token alone, once its keys are known: this app has no database, and its issuer is not asked', async () => {
    expect((await get('/org', { permissions: ['users.read'] })).status).toBe(200);
    const { requests } = issuer;
    expect((await get('/org', { permissions: ['users.read'], jti: randomUUID() })).status).toBe(200);
    expect((await get('/org', { permissions: [], jti: randomUUID() })).status).toBe(403);
    expect(issuer.requests).toBe(requests);
    expect(() => app.get(Database, { strict: false })).toThrow(/could not find/);
  });

  it('takes an API key where a permission decides or the definition says so, and nowhere else', async () => {
    const key = (permissions: string[], more = {}) => ({ kind: 'api_key', permissions, ...more });
    for (const path of ['/signed-in', '/member', '/policy']) {
      expect(await get(path, key(['users.read', 'users.update']))).toMatchObject({ status: 403, text: expect.stringContaining('API keys cannot be used here.') });
    }
    expect(denials).toHaveLength(3);
    for (const path of ['/org', '/site', '/opened', '/public']) expect((await get(path, key(['users.read']))).status).toBe(200);
    for (const path of ['/org', '/site', '/opened', '/write-key']) expect((await get(path, key(['assets.read']))).status).toBe(403);
    expect((await get('/opened', key([], { site_permissions: { [site]: ['users.read'] } }))).status).toBe(200);
    expect((await get('/opened', {})).status).toBe(200);
  });

  it('names who acts: a person with their session, or a key', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    expect(JSON.parse((await get('/actor', { sub, sid })).text)).toEqual({ kind: 'user', id: sub, session_id: sid });
    expect(JSON.parse((await get('/actor', { sub, sid, kind: 'api_key' })).text)).toEqual({ kind: 'api_key', id: sid, session_id: null });
    expect((await get('/actor', { sub, sid, kind: 'robot' })).status).toBe(401);
  });

  it('leaves write keys to the handler, but holds a token to the permission', async () => {
    expect((await get('/write-key')).status).toBe(200);
    expect((await get('/write-key', undefined, 'Basic eDo=')).status).toBe(200);
    expect((await get('/write-key', { permissions: ['events.write'] })).status).toBe(200);
    expect((await get('/write-key', { permissions: [] })).status).toBe(403);
    expect((await get('/write-key', undefined, 'Bearer nonsense')).status).toBe(401);
  });

  it('hides other sites, forbids visible ones, and logs both', async () => {
    const at = (permissions: string[], where = site) => get('/policy', { site_permissions: { [where]: permissions } });
    expect((await at(['users.read', 'users.update'])).status).toBe(200);
    expect((await at(['users.read'])).status).toBe(403);
    expect((await at(['users.read', 'users.update'], otherSite)).status).toBe(404);
    expect(denials.map(({ code, permission, operation }) => [code, permission, operation])).toEqual([
      ['FORBIDDEN', 'users.update', 'test.policy'],
      ['NOT_FOUND', 'users.read', 'test.policy'],
    ]);
  });

  it('opens to a client app what a permission guards, and nothing that is the person’s own', async () => {
    const lent = { client_id: randomUUID(), permissions: ['users.read'] };
    const visit = async (door: string, claims: Record<string, unknown>) => {
      const answer = await app.inject({ method: 'GET', url: `/${door}`, headers: { authorization: `Bearer ${issuer.token(claims)}` } });
      return [answer.statusCode, answer.body];
    };
    for (const door of ['signed-in', 'member', 'policy', 'actor']) expect((await visit(door, lent))[0], door).toBe(403);
    for (const door of ['org', 'opened']) expect(await visit(door, lent)).toEqual([200, 'in']);
    expect((await visit('opened', { ...lent, permissions: [] }))[0]).toBe(403);
    expect(await visit('program', lent)).toEqual([200, 'user']);
    expect(await visit('program', { ...lent, sub: lent.client_id })).toEqual([200, 'client']);
    expect((await visit('signed-in', { permissions: [] }))[0]).toBe(200);
    expect(await visit('oauth', {})).toEqual([200, 'in']);
  });
});
