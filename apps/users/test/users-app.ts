import 'reflect-metadata';
import type { DataOf, DomainEventDefinition, Principal } from '@atrium/contract-kit';
import { auditRecorded, type userRegistered } from '@atrium/contracts/domain-events';
import { systemRoles, type SystemRoleName } from '@atrium/contracts/users';
import { AuditModule, RecordedDenials } from '@atrium/platform/audit';
import { AuthGuardModule } from '@atrium/platform/auth-guard';
import { Database, DatabaseModule, newId } from '@atrium/platform/database';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { createMetrics } from '@atrium/platform/telemetry';
import { type ServiceDatabase, startServiceDatabase, TokenIssuer } from '@atrium/testing';
import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { expect } from 'vitest';
import type { z } from 'zod';
import { AccountEvents } from '../src/accounts/account.events.js';
import { usersMigrations } from '../src/migrations/index.js';
import { SERVICE_URLS } from '../src/people/export-sources.js';
import { usersControllers, usersProviders } from '../src/users.providers.js';

@Global()
@Module({ providers: [{ provide: Outbox, useValue: new Outbox('users') }], exports: [Outbox] })
class OutboxModule {}

@Module({})
class TestModule {}

const moduleOf = (issuer: TokenIssuer, otherServices: string): DynamicModule => ({
  module: TestModule,
  imports: [
    DatabaseModule.forRoot({ service: 'users', secretId: 'atrium/users/database', poolSize: 10, tls: 'off' }),
    AuthGuardModule.forRootAsync({
      inject: [RecordedDenials],
      useFactory: (accessLog: RecordedDenials) => ({
        jwksUrl: issuer.jwksUrl,
        issuer: issuer.url,
        audience: issuer.audience,
        revocations: { isRevoked: () => false, start: async () => undefined, stop: () => undefined },
        accessLog,
      }),
    }),
    OutboxModule,
    AuditModule.forRoot(auditRecorded),
  ],
  controllers: usersControllers,
  providers: [...usersProviders, { provide: SERVICE_URLS, useValue: { auth: otherServices, gallery: otherServices, events: otherServices } }],
});

export const randomEmail = (): string => `p-${newId()}@example.com`;

/** A person, in the organization that their token names. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly orgId: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly etag: string | undefined;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

interface HeldRow {
  readonly name: string;
  readonly site_id: string | null;
  readonly permissions: string[];
}

export interface PublishedEvent {
  readonly type: string;
  readonly org_id: string | null;
  readonly data: Record<string, unknown>;
}

/** The service over HTTP, and what of auth and of the queues its tests need. */
/** The so-and-so-many-th version of a membership, which begins at a thousand for each day since 2026. */
export const nthVersion = (n: number): unknown => expect.toSatisfy((version: number) => version > 300_000 && version % 1_000 === n);

export class UsersApp {
  readonly log: Record<string, unknown>[] = [];
  private app!: NestFastifyApplication;

  private constructor(
    readonly store: ServiceDatabase,
    private readonly issuer: TokenIssuer,
  ) {}

  /** `otherServices` is the base URL of auth, gallery and events; nobody answers there by default. */
  static async start(otherServices = 'http://127.0.0.1:9'): Promise<UsersApp> {
    const store = await startServiceDatabase({ service: 'users', migrations: usersMigrations });
    const users = new UsersApp(store, await new TokenIssuer().start());
    const destination = { write: (text: string) => void users.log.push(JSON.parse(text) as Record<string, unknown>) };
    const logger = createLogger({ service: 'users', level: 'info', destination });
    const metrics = createMetrics('users', { processMetrics: false });
    const runtime = { logger, metrics, secrets: store.secrets, health: new HealthRegistry() };
    users.app = await createServiceApp(moduleOf(users.issuer, otherServices), runtime, { trustedProxies: [] });
    await users.app.init();
    await users.app.getHttpAdapter().getInstance().ready();
    return users;
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.issuer.stop();
    await this.store.stop();
  }

  /** Base URL, once it listens as it does in production: for answers that come in pieces. */
  async listen(): Promise<string> {
    await this.app.listen(0, '127.0.0.1');
    return this.app.getUrl();
  }

  get database(): Database {
    return this.app.get(Database);
  }

  get events(): AccountEvents {
    return this.app.get(AccountEvents);
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type);
  }

  async call(token: string, method: Method, path: string, { body, headers }: CallOptions = {}): Promise<Answer> {
    const answer = await this.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const etag = answer.headers['etag'];
    const parsed: unknown = answer.body === '' ? {} : answer.json();
    return { status: answer.statusCode, body: parsed as Answer['body'], etag: typeof etag === 'string' ? etag : undefined };
  }

  register(data: Partial<DataOf<typeof userRegistered>> = {}): Promise<{ userId: string; email: string }> {
    const registered = {
      user_id: newId(),
      email: randomEmail(),
      organization_name: 'Acme',
      invitation_id: null,
      registered_at: new Date().toISOString(),
      ...data,
    };
    return this.events.registered(registered).then(() => ({ userId: registered.user_id, email: registered.email }));
  }

  /** Somebody new with an organization of their own. */
  async founder(): Promise<Person> {
    const person = await this.register();
    return { ...person, orgId: await this.organizationOf(person.userId) };
  }

  async organizationOf(userId: string): Promise<string> {
    const { rows } = await this.store.superuser.query<{ org_id: string }>('select org_id from users.members where user_id = $1', [userId]);
    return rows[0]?.org_id ?? '';
  }

  /** Somebody new in the organization, by way of an invitation. */
  async member(inviter: Person, role: Exclude<SystemRoleName, 'admin'>, siteId?: string): Promise<Person> {
    const email = randomEmail();
    const body = { email, role_id: systemRoles[role].id, ...(siteId === undefined ? {} : { site_id: siteId }) };
    const invitation = await this.call(await this.tokenOf(inviter), 'POST', '/invitations', { body });
    if (invitation.status !== 201) throw new Error(`The invitation was refused: ${JSON.stringify(invitation.body)}`);
    const { userId } = await this.register({ email, organization_name: null, invitation_id: String(invitation.body['id']) });
    return { userId, email, orgId: inviter.orgId };
  }

  async site(admin: Person, name = `Site ${newId()}`): Promise<string> {
    const site = await this.call(await this.tokenOf(admin), 'POST', '/sites', { body: { name } });
    return String(site.body['id']);
  }

  /** A token with the roles that the person holds now, as auth makes it from `membership.changed`. */
  async tokenOf({ userId, orgId }: Pick<Person, 'userId' | 'orgId'>, overrides: Partial<Principal> = {}): Promise<string> {
    const { rows } = await this.store.superuser.query<HeldRow>(
      `select r.name, a.site_id, array_agg(p.permission) as permissions from users.role_assignments a
       join users.roles r on r.id = a.role_id join users.role_permissions p on p.role_id = r.id
       where a.org_id = $1 and a.user_id = $2 group by r.name, a.site_id`,
      [orgId, userId],
    );
    return this.issuer.token(claimsOf(userId, orgId, rows, overrides));
  }

  /** As auth makes it for an API key of the person: what the key was given, and the person holds. */
  keyOf(person: Pick<Person, 'userId' | 'orgId'>, permissions: string[], siteId?: string): Promise<string> {
    const scope = siteId === undefined ? { permissions, sitePermissions: {} } : { permissions: [], sitePermissions: { [siteId]: permissions } };
    return this.tokenOf(person, { kind: 'api_key', ...scope });
  }

  tokenWithoutOrganization(userId: string): string {
    return this.issuer.token(claimsOf(userId, null, [], {}));
  }

  async published(definition: DomainEventDefinition<z.ZodType>, orgId: string): Promise<PublishedEvent['data'][]> {
    const { rows } = await this.store.superuser.query<{ payload: PublishedEvent }>(
      `select payload from users.outbox
       where payload->>'type' = $1 and payload->>'org_id' = $2 and destinations <> array['events-domain'] order by id`,
      [definition.type, orgId],
    );
    return rows.map(({ payload }) => payload.data);
  }
}

function claimsOf(userId: string, orgId: string | null, held: readonly HeldRow[], overrides: Partial<Principal>): Record<string, unknown> {
  const atSites = held.filter((role) => role.site_id !== null);
  const sitePermissions = Object.fromEntries(atSites.map(({ site_id }) => [site_id, permissionsOf(atSites.filter((role) => role.site_id === site_id))]));
  const everywhere = permissionsOf(held.filter((role) => role.site_id === null));
  return {
    sub: userId,
    org_id: orgId,
    site_ids: Object.keys(sitePermissions),
    roles: overrides.roles ?? [...new Set(held.map((role) => role.name))],
    permissions: overrides.permissions ?? everywhere,
    site_permissions: overrides.sitePermissions ?? sitePermissions,
    ...(overrides.kind ? { kind: overrides.kind } : {}),
  };
}

const permissionsOf = (held: readonly HeldRow[]): string[] => [...new Set(held.flatMap((role) => role.permissions))];
