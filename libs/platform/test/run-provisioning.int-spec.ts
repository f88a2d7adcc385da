import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { findFreePort, type RunningSecretsManager, startSecretsManager } from '@atrium/local';
import { provisioningConfig } from '@atrium/platform/config';
import { type ProvisioningTask, runMigrations, runProvisioning } from '@atrium/platform/database';
import { type DatabaseServer, startDatabaseServer } from '@atrium/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { CreateNotes1790000000000 } from './probe-service.js';

const dataDir = mkdtempSync(join(tmpdir(), 'atrium-provisioning-'));
const service = 'probe' as ProvisioningTask<z.output<typeof provisioningConfig>>['service'];
const task = { service, config: provisioningConfig };
const environment = {
  DATABASE_ADMIN_SECRET_ID: 'admin',
  DATABASE_OWNER_SECRET_ID: 'owner',
  DATABASE_SECRET_ID: 'app',
  LOG_LEVEL: 'silent',
};
let server: DatabaseServer;
let secretsManager: RunningSecretsManager;
let client: SecretsManagerClient;

const account = (username: string, password: string) => ({ host: '127.0.0.1', port: server.port, dbname: 'managed', username, password });
const put = (SecretId: string, document: object, stage = 'AWSCURRENT') =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(document), VersionStages: [stage] }));

async function signsIn(username: string, password: string): Promise<boolean> {
  const { host, port, dbname: database } = account(username, password);
  const connection = new pg.Client({ host, port, database, user: username, password });
  return connection.connect().then(
    () => connection.end().then(() => true),
    () => false,
  );
}

beforeAll(async () => {
  server = await startDatabaseServer();
  // As the administrator of RDS is: no superuser, may make roles and databases, owns its database.
  await server.superuser.query(`create role administrator login createrole createdb password 'administrator'`);
  await server.superuser.query('create database managed owner administrator');
  secretsManager = await startSecretsManager({ port: await findFreePort(), dataDir });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secretsManager.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  client = new SecretsManagerClient({ region: 'eu-central-1' });
  const documents = {
    admin: account('administrator', 'administrator'),
    owner: account('probe_owner', 'owner-1'),
    app: account('probe_app', 'app-1'),
  };
  for (const [Name, document] of Object.entries(documents)) {
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
  }
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  client?.destroy();
  vi.unstubAllEnvs();
  await secretsManager?.stop();
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const passwordHash = async (role: string): Promise<unknown> =>
  (await server.superuser.query('select rolpassword from pg_authid where rolname = $1', [role])).rows[0];

it('an administrator who is no superuser brings up a service that then migrates and signs in', async () => {
  await runProvisioning(task, environment);
  expect(await signsIn('probe_app', 'app-1')).toBe(true);
  await runMigrations({ service, config: provisioningConfig, migrations: [CreateNotes1790000000000] }, environment);
  const managed = new pg.Client({ ...server.superuser.options, connectionString: server.url.replace(/\/\w+$/, '/managed') });
  await managed.connect();
  expect((await managed.query(`select to_regclass('probe.notes') is not null as made`)).rows).toEqual([{ made: true }]);
  await managed.end();
});

it('leaves passwords that work alone, also those of tasks at the same moment', async () => {
  const before = await passwordHash('probe_app');
  await Promise.all([runProvisioning(task, environment), runProvisioning(task, environment)]);
  expect(await passwordHash('probe_app')).toEqual(before);
});

it('does not undo a rotation that is under way', async () => {
  await put('app', account('probe_app', 'app-2'), 'AWSPENDING');
  await server.superuser.query(`alter role probe_app password 'app-2'`);
  await runProvisioning(task, environment);
  expect(await signsIn('probe_app', 'app-2')).toBe(true);
});

it("sets the secret's password where the database has yet another one", async () => {
  await put('owner', account('probe_owner', 'owner-3'));
  await runProvisioning(task, environment);
  expect(await signsIn('probe_owner', 'owner-3')).toBe(true);
  expect(await signsIn('probe_owner', 'owner-1')).toBe(false);
});

it('stops at a role that somebody made too powerful', async () => {
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${String(code)}`);
  });
  await server.superuser.query('alter role probe_app bypassrls');
  await expect(runProvisioning(task, environment)).rejects.toThrow('exit 1');
  await server.superuser.query('alter role probe_app nobypassrls');
});
