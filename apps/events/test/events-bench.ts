import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@atrium/contracts';
import {
  type ClickHouseUsers, findFreePort, organizationRowFilter, type RunningClickHouse, startClickHouse, startPostgres, startSqs, untrustedQueryLimits, untrustedQueryQuota,
} from '@atrium/local';
import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate, provisionDatabase, provisionService } from '@atrium/platform/database';
import { createServiceApp, HealthRegistry, type ServiceRuntime } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import type { SecretsProvider } from '@atrium/platform/secrets';
import { stateGrantsSql, stateSchemaSql } from '@atrium/platform/state';
import { createMetrics } from '@atrium/platform/telemetry';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { ClickHouse, clickHouseMigrations, eventsConfig, EventsModule, eventsMigrations, eventsWorkerConfig, EventsWorkerModule, migrateClickHouse } from '../src/index.js';
import { startTokenIssuer } from './token-issuer.js';

const users: ClickHouseUsers = {
  admin: { password: 'admin-secret' },
  writer: { password: 'writer-secret', grants: ['GRANT SELECT, INSERT, ALTER DELETE, ALTER UPDATE ON atrium.*', 'GRANT SELECT ON system.parts'] },
  tenant_rows: { password: null, grants: ['GRANT SELECT ON atrium.events'], rowPolicies: [{ database: 'atrium', table: 'events', filter: organizationRowFilter }] },
  reader: { password: 'reader-secret', grants: ['GRANT SELECT ON analytics.*'], settings: untrustedQueryLimits, quotas: untrustedQueryQuota },
};

export type EventsBench = Awaited<ReturnType<typeof startEventsBench>>;

/** The events service on real engines: PostgreSQL, SQS, ClickHouse, and an issuer of tokens. */
export async function startEventsBench() {
  const root = mkdtempSync(join(tmpdir(), 'atrium-events-'));
  chmodSync(root, 0o755);
  const postgres = await startPostgres({ dataDir: join(root, 'postgres'), port: await findFreePort(), superuserPassword: 'test' });
  const issuer = await startTokenIssuer();
  const sqsPort = await findFreePort();
  let sqsServer = await startSqs({ databaseUrl: postgres.url, port: sqsPort });
  const clickHousePort = await findFreePort();
  const bootClickHouse = () => startClickHouse({ dataDir: join(root, 'clickhouse'), port: clickHousePort, users });
  let clickHouseServer: RunningClickHouse = await bootClickHouse();

  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await provisionDatabase(admin);
  await provisionService(admin, 'events', { owner: 'test', app: 'test' });
  await admin.query(stateSchemaSql);
  await admin.query(stateGrantsSql('events_app'));

  const database = { host: '127.0.0.1', port: postgres.port, dbname: 'postgres', password: 'test' };
  const server = { url: clickHouseServer.url, database: 'atrium' };
  const account = (username: string) => ({ username, password: users[username]?.password });
  const values: Record<string, unknown> = {
    'events/database': { ...database, username: 'events_app' },
    'events/database-owner': { ...database, username: 'events_owner' },
    'events/clickhouse': { ...server, writer: account('writer'), reader: account('reader') },
    state: { url: `postgres://events_app:test@127.0.0.1:${postgres.port}/postgres` },
  };
  const secrets: SecretsProvider = {
    getJson: async (secretId, schema) => schema.parse(values[secretId]),
    getVersion: async (secretId, _version, schema) => schema.parse(values[secretId]),
    listVersions: async () => [],
  };

  const ownerSource = () =>
    createDataSource(secrets, { service: 'events', secretId: 'events/database-owner', poolSize: 2, tls: 'off', migrations: eventsMigrations });
  await migrate(await ownerSource());
  const clickHouseAs = (username: string) =>
    new ClickHouse(async () => ({ ...server, username, password: users[username]?.password ?? '' }));
  const clickHouse = clickHouseAs('admin');
  await migrateClickHouse(clickHouse, clickHouseMigrations);

  Object.assign(process.env, { AWS_ENDPOINT_URL_SQS: sqsServer.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  const sqs = new SQSClient({ region: 'us-east-1', endpoint: sqsServer.endpoint, maxAttempts: 1 });
  const queueBase = `${sqsServer.endpoint}/000000000000/`;
  const queueUrl = (name: string) => `${queueBase}${name}`;
  for (const { name } of [queues.eventsIngest, queues.eventsBulk, queues.eventsInbox, queues.eventsAudit, queues.usersAudit, queues.eventsDomain]) {
    await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dlq` }));
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '2' } }));
  }

  const environment = {
    PORT: '0', LOG_LEVEL: 'silent', AWS_REGION: 'us-east-1', QUEUE_URL_BASE: queueBase, CLICKHOUSE_SECRET_ID: 'events/clickhouse',
    DATABASE_SECRET_ID: 'events/database', STATE_SECRET_ID: 'state', JWKS_URL: issuer.jwksUrl, TOKEN_ISSUER: issuer.issuer,
    USERS_URL: 'http://127.0.0.1:9', PUBLIC_URL: 'https://events.example.com',
    // One queue for all packs, where a suite asks for nothing else.
    EVENTS_BULK_BYTES_PER_SECOND: '1000000000',
  };
  const log: string[] = [];
  const runtime = (): ServiceRuntime => ({
    logger: createLogger({ service: 'events', level: 'warn', destination: { write: (line: string) => void log.push(line) } }),
    metrics: createMetrics('events', { processMetrics: false }),
    secrets,
    health: new HealthRegistry(),
  });
  const startApi = async (more: Record<string, string> = {}): Promise<NestFastifyApplication> => {
    const config = parseConfig('events', eventsConfig, { ...environment, ...more });
    const app = await createServiceApp(EventsModule.forRoot(config), runtime(), { trustedProxies: ['127.0.0.1'] });
    await app.listen(0, '127.0.0.1');
    return app;
  };
  const startWorker = async (more: Record<string, string> = {}): Promise<NestFastifyApplication> => {
    const config = parseConfig('events-worker', eventsWorkerConfig, { ...environment, ...more });
    const app = await createServiceApp(EventsWorkerModule.forRoot(config), runtime(), { trustedProxies: [] });
    await app.listen(0, '127.0.0.1');
    return app;
  };
  const number = async (query: string) => Number(await clickHouse.run({ query }));

  return {
    issuer, admin, sqs, clickHouse, clickHouseAs, secrets, log, startApi, startWorker, ownerSource, queueUrl, number,
    get clickHousePid() { return clickHouseServer.pid; },
    /** A site of the organization, as the service hears of it by an event. */
    async addSite(orgId: string, siteId: string = randomUUID()): Promise<string> {
      await admin.query('begin');
      await admin.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      await admin.query('insert into events.sites (org_id, site_id, name, deleted, version) values ($1, $2, $3, false, 1)', [orgId, siteId, 'Site']);
      await admin.query('commit');
      return siteId;
    },
    async depth(name: string = queues.eventsIngest.name): Promise<number> {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['All'] }));
      return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
    },
    /** How often the messages that wait have been delivered, without taking any. */
    async receiveCounts(name: string = queues.eventsIngest.name): Promise<number[]> {
      const waiting = 'select receive_count as count from local_sqs.messages m join local_sqs.queues q on q.id = m.queue_id where q.name = $1 and visible_at <= now()';
      return (await admin.query<{ count: number }>(waiting, [name])).rows.map(({ count }) => count);
    },
    async send(body: string, name: string = queues.eventsIngest.name): Promise<void> {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(name), MessageBody: body }));
    },
    async receive(name: string = queues.eventsIngest.name) {
      const command = new ReceiveMessageCommand({ QueueUrl: queueUrl(name), MaxNumberOfMessages: 10, VisibilityTimeout: 0, MessageAttributeNames: ['All'] });
      return (await sqs.send(command)).Messages ?? [];
    },
    purge: () => sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl(queues.eventsIngest.name) })),
    stopSqs: () => sqsServer.stop(),
    async startSqsAgain(): Promise<void> { sqsServer = await startSqs({ databaseUrl: postgres.url, port: sqsPort }); },
    /** Where services that start from now on find ClickHouse: itself, or a proxy in front of it. */
    clickHouseUrl: server.url,
    setClickHouseUrl(url: string): void { values['events/clickhouse'] = { ...server, url, writer: account('writer'), reader: account('reader') }; },
    stopClickHouse: () => clickHouseServer.stop(),
    async startClickHouseAgain(): Promise<void> { clickHouseServer = await bootClickHouse(); },
    async stop(): Promise<void> {
      await admin.end();
      sqs.destroy();
      issuer.stop();
      await sqsServer.stop();
      await clickHouseServer.stop();
      await postgres.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** An organization with one site and one source. */
export async function addOrganization(bench: EventsBench, api: NestFastifyApplication) {
  const orgId = randomUUID();
  const siteId = await bench.addSite(orgId);
  const permissions = ['events.read', 'events.write', 'events.sql', 'sources.read', 'sources.create', 'sources.update', 'sources.delete', 'analysts.manage', 'events.erase', 'events.manage'];
  const token = bench.issuer.token({ org_id: orgId, permissions });
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, as: string = token) => {
    const response = await api.inject({
      method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${as}` }, ...(body ? { payload: body } : {}),
    });
    return { status: response.statusCode, json: response.body === '' ? undefined : response.json() };
  };
  const source = (await call('POST', '/events/sources', { name: 'web', site_id: siteId })).json;
  return { orgId, siteId, token, call, source, writeKey: String(source.write_key) };
}
