import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { endpoint, type InputOf, type OutputOf } from '@atrium/contract-kit';
import { type AccessDenial, AuthGuardModule, requirePermission, requireSiteVisible } from '@atrium/platform/auth-guard';
import { currentContext } from '@atrium/platform/context';
import { Database, DatabaseModule } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { createServiceApp, DirectGuard, Endpoint, HealthRegistry, Input, serveDirectly } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { type ServiceDatabase, startServiceDatabase, TokenIssuer } from '@atrium/testing';
import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CreateNotes1790000000000 } from './probe-service.js';

const site = randomUUID();
const otherSite = randomUUID();
const orgId = randomUUID();
const shared = {
  service: 'users', method: 'POST', access: { kind: 'permission', permission: 'users.read', scope: 'site' }, summary: 'Write a note', idempotent: true,
  body: z.strictObject({ text: z.string().min(3), site_id: z.uuid() }), errors: [],
  success: { status: 201, description: 'Written', schema: z.object({ id: z.string(), actor: z.string() }), shownOnce: ['actor'] },
} as const;
const direct = endpoint({ ...shared, operationId: 'probe.note', path: '/direct' });
const usual = endpoint({ ...shared, operationId: 'probe.note', path: '/usual' });

@Injectable()
class Notes {
  constructor(@Inject(Database) private readonly database: Database) {}

  create({ principal, body: { text, site_id } }: InputOf<typeof direct>): Promise<OutputOf<typeof direct>> {
    requireSiteVisible(principal, 'users.read', site_id, 'site');
    requirePermission(principal, 'users.update', site_id);
    return this.database.inTenant(principal.orgId, async ({ manager }) => {
      await manager.query('insert into notes (org_id, text) values ($1, $2)', [principal.orgId, text]);
      if (text === 'refused') throw new DomainError('CONFLICT');
      return { id: `the note ${text}`, actor: JSON.stringify({ ...currentContext(), requestId: '' }) };
    });
  }
}

@Controller()
class UsualController {
  constructor(@Inject(Notes) private readonly notes: Notes) {}

  @Endpoint(usual)
  usual(@Input() input: InputOf<typeof usual>) {
    return this.notes.create(input);
  }
}

const logs: string[] = [];
const denials: AccessDenial[] = [];
const revoked = randomUUID();
const logger = createLogger({ service: 'probe', level: 'debug', destination: { write: (line) => void logs.push(line) } });
let store: ServiceDatabase;
let issuer: TokenIssuer;
let app: NestFastifyApplication;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'probe', migrations: [CreateNotes1790000000000] });
  issuer = await new TokenIssuer().start();
  const guard = AuthGuardModule.forRoot({
    jwksUrl: issuer.jwksUrl, issuer: issuer.url, audience: issuer.audience,
    revocations: { isRevoked: ({ sessionId }) => sessionId === revoked, start: async () => undefined, stop: () => undefined },
    accessLog: { denied: (denial) => void denials.push(denial) },
  });
  @Module({
    imports: [guard, DatabaseModule.forRoot({ service: 'probe', secretId: 'atrium/probe/database', poolSize: 4, tls: 'off' })],
    controllers: [UsualController], providers: [Notes, DirectGuard],
  })
  class ProbeModule {}
  const runtime = { logger, metrics: createMetrics('probe', { processMetrics: false }), secrets: store.secrets, health: new HealthRegistry() };
  app = await createServiceApp(ProbeModule, runtime, { trustedProxies: [] });
  const notes = app.get(Notes);
  serveDirectly(app.getHttpAdapter().getInstance(), { definition: direct, handle: (input) => notes.create(input), headers: {} }, logger, app.get(DirectGuard));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(async () => {
  await app?.close();
  issuer?.stop();
  await store?.stop();
});

interface Asked {
  readonly authorization?: string | undefined;
  readonly key?: string | string[];
  readonly body?: object;
}

/** All that a client sees, what the logs say of it, and what is left of it. */
async function seen(url: string, { authorization, key, body = { text: 'hello', site_id: site } }: Asked) {
  logs.length = denials.length = 0;
  const headers = { 'x-request-id': 'request-1', ...(authorization === undefined ? {} : { authorization }), ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const { statusCode, headers: given, body: text } = await app.inject({ method: 'POST', url, headers, payload: body });
  const { date: _, ...others } = given;
  const lines = logs.map((line) => line.replace(/"time":"[^"]*"|"(trace|span)_id":"\w*"|"stack":"[^"]*"/g, ''));
  const { rows } = await store.superuser.query<object>('select text, count(*) from probe.notes group by text order by text');
  const { rows: keys } = await store.superuser.query<object>(
    `select principal, key, body_hash, status, answer from probe.idempotency_keys where route = $1 order by key, principal`, [`POST ${url}`]);
  return { statusCode, headers: others, text, lines, denials: [...denials], rows, keys };
}

/** The same requests, one after the other, to each of the two; first to one, then, with nothing left, to the other. */
async function bothOf(asked: readonly Asked[]) {
  const answers = [];
  for (const url of ['/direct', '/usual']) {
    await store.superuser.query('truncate probe.notes, probe.idempotency_keys');
    const all = [];
    for (const one of asked) all.push(await seen(url, one));
    answers.push(all);
  }
  return answers;
}

const userId = randomUUID();
const sessionId = randomUUID();
const claims = { sub: userId, sid: sessionId, org_id: orgId, permissions: [], site_permissions: { [site]: ['users.read', 'users.update'], [otherSite]: ['users.read'] }, site_ids: [site, otherSite] };
const bearer = (more: object = {}, of = issuer): string => `Bearer ${of.token({ ...claims, ...more })}`;
const note = (text: string, site_id = site) => ({ text, site_id });
const once = 'once';

describe('a guarded endpoint that is served directly', () => {
  it.each<[string, () => Asked[], number[]]>([
    ['whoever may', () => [{ authorization: bearer() }], [201]],
    ['nobody without a token', () => [{}, { authorization: 'Basic eDo=' }], [401, 401]],
    ['nobody by a token that nobody signed, or that has ended', () => [{ authorization: 'Bearer nonsense' }, { authorization: bearer({ exp: 1 }) }], [401, 401]],
    ['nobody by a token that is revoked', () => [{ authorization: bearer({ sid: revoked }) }], [401]],
    ['nobody outside of an organization', () => [{ authorization: bearer({ org_id: null }) }], [403]],
    ['nobody without the permission', () => [{ authorization: bearer({ site_permissions: {} }) }], [403]],
    ['nobody whom the policy denies it, and hides what they don\'t see', () => [
      { authorization: bearer(), body: note('hello', otherSite) }, { authorization: bearer(), body: note('hello', randomUUID()) },
    ], [403, 404]],
    ['API keys and client apps as far as they may', () => [
      { authorization: bearer({ kind: 'api_key' }) }, { authorization: bearer({ client_id: randomUUID() }) }, { authorization: bearer({ kind: 'api_key', site_permissions: {} }) },
    ], [201, 201, 403]],
    ['no one before the token is looked at, whatever they send', () => [{ body: note('') }, { authorization: bearer(), body: note('') }], [401, 400]],
    ['one effect for a key, and its answer again', () => [{ authorization: bearer(), key: once }, { authorization: bearer(), key: once }], [201, 201]],
    ['no key twice for different things', () => [{ authorization: bearer(), key: once }, { authorization: bearer(), key: once, body: note('other') }], [201, 422]],
    ['no key of another\'s, nor of a membership that was', () => [
      { authorization: bearer(), key: once }, { authorization: bearer({ sub: randomUUID() }), key: once },
      { authorization: bearer({ mv: 2 }), key: once }, { authorization: bearer({ org_id: randomUUID() }), key: once },
    ], [201, 201, 422, 201]],
    ['no empty or long key', () => [{ authorization: bearer(), key: '' }, { authorization: bearer(), key: 'x'.repeat(256) }], [400, 400]],
    ['a refusal under a key, which leaves nothing', () => [
      { authorization: bearer(), key: once, body: note('refused') }, { authorization: bearer(), key: once, body: note('allowed') },
    ], [409, 201]],
    ['a denial under a key, before what is kept for it', () => [
      { authorization: bearer(), key: once }, { authorization: bearer({ site_permissions: {} }), key: once },
    ], [201, 403]],
  ])('admits %s, as any other does', async (_, asked, statuses) => {
    // The same tokens for both: they differ by the second in which they were signed.
    const [direct = [], usual = []] = await bothOf(asked());
    expect(direct.map(({ statusCode }) => statusCode)).toEqual(statuses);
    expect(direct).toEqual(usual);
  });

  it('has its denials logged', async () => {
    const { denials: told } = await seen('/direct', { authorization: bearer(), body: note('hello', otherSite) });
    expect(told).toMatchObject([{ code: 'FORBIDDEN', operation: 'probe.note', permission: 'users.update', userId, orgId, actor: { kind: 'user', id: userId } }]);
  });

  it('is refused without a guard, and where it takes write keys', () => {
    const server = app.getHttpAdapter().getInstance();
    const handle = (): Promise<never> => Promise.reject(new Error('handled'));
    expect(() => serveDirectly(server, { definition: { ...direct, path: '/never' }, handle, headers: {} }, logger)).toThrow(/can't be served directly/);
    const keyed = { ...direct, path: '/never', access: { kind: 'write-key', permission: 'events.write' } } as const;
    expect(() => serveDirectly(server, { definition: keyed, handle, headers: {} }, logger, app.get(DirectGuard))).toThrow(/can't be served directly/);
  });
});
