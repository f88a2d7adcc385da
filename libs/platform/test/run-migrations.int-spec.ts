import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { findFreePort, type RunningSecretsManager, startSecretsManager } from '@atrium/local';
import { migrationConfig } from '@atrium/platform/config';
import { type MigrationTask, runMigrations } from '@atrium/platform/database';
import { type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { CreateNotes1790000000000 } from './probe-service.js';

const dataDir = mkdtempSync(join(tmpdir(), 'atrium-migrations-'));
const migrations = [CreateNotes1790000000000];
const environment = { DATABASE_OWNER_SECRET_ID: 'atrium/probe/database-owner', LOG_LEVEL: 'silent' };
let database: ServiceDatabase;
let secretsManager: RunningSecretsManager;

beforeAll(async () => {
  database = await startServiceDatabase({ service: 'probe', migrations, migrated: false });
  secretsManager = await startSecretsManager({ port: await findFreePort(), dataDir });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secretsManager.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  for (const [Name, document] of Object.entries(database.secretDocuments)) {
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
  }
  client.destroy();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await secretsManager.stop();
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let complaint = '';
beforeEach(() => {
  complaint = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaint += String(text);
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${String(code)}`);
  });
});
afterEach(() => vi.restoreAllMocks());

/** The schema is called `probe`, which is no service of the platform. */
const task = { service: 'probe' as MigrationTask<z.output<typeof migrationConfig>>['service'], config: migrationConfig, migrations };
const notes = async (): Promise<unknown> => (await database.superuser.query(`select to_regclass('probe.notes') as found`)).rows[0];

it('a bad configuration ends the task with a list of what is wrong, and no stack', async () => {
  await expect(runMigrations(task, { DATABASE_TLS: 'maybe' })).rejects.toThrow('exit 1');
  expect(complaint).toMatch(/^The configuration of probe-migrate is not valid:\n {2}DATABASE_OWNER_SECRET_ID: .*\n {2}DATABASE_TLS: .*\n$/);
});

it('a failure ends the task with 1 and leaves nothing half done', async () => {
  await expect(runMigrations(task, { ...environment, DATABASE_OWNER_SECRET_ID: 'atrium/missing' })).rejects.toThrow('exit 1');
  expect(await notes()).toEqual({ found: null });
});

it('what is pending runs as the owner, before the other store of the service', async () => {
  const config = migrationConfig.extend({ OTHER_STORE: z.string() });
  const migrateMore = vi.fn(async ({ OTHER_STORE }: z.output<typeof config>) => {
    expect(await notes()).toEqual({ found: 'probe.notes' });
    return [OTHER_STORE];
  });
  await runMigrations({ ...task, config, migrateMore }, { ...environment, OTHER_STORE: 'columns' });
  await runMigrations({ ...task, config, migrateMore }, { ...environment, OTHER_STORE: 'columns' });
  expect(migrateMore).toHaveBeenCalledTimes(2);
  const { rows } = await database.superuser.query(`select tableowner from pg_tables where schemaname = 'probe' and tablename = 'notes'`);
  expect(rows).toEqual([{ tableowner: 'probe_owner' }]);
});

it('an index is built beside writers where its migration asks for no transaction', async () => {
  class IndexNotes1790000000001 implements MigrationInterface {
    readonly transaction = false;
    up = (runner: QueryRunner): Promise<void> => runner.query('create index concurrently notes_by_text on probe.notes (text)');
    down = (runner: QueryRunner): Promise<void> => runner.query('drop index probe.notes_by_text');
  }
  await runMigrations({ ...task, migrations: [...migrations, IndexNotes1790000000001] }, environment);
  const { rows } = await database.superuser.query(`select indisvalid from pg_index where indexrelid = 'probe.notes_by_text'::regclass`);
  expect(rows).toEqual([{ indisvalid: true }]);
});
