import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startPostgres, startSecretsManager, startSqs } from '@atrium/local';
import { createDataSource, migrate, provisionDatabase, provisionService } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { stateSchemaSql } from '@atrium/platform/state';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { authMigrations } from '../src/migrations/index.js';
import { ensureSigningKey } from '../src/signing-keys/key-rotation.js';

export const region = 'eu-central-1';
export const signingKeysSecret = 'atrium/auth/signing-keys';

/** PostgreSQL, SQS and Secrets Manager with everything that auth finds at its start. */
export async function startAuthEngines() {
  const root = mkdtempSync(join(tmpdir(), 'atrium-auth-'));
  const postgres = await startPostgres({ dataDir: join(root, 'postgres'), port: await findFreePort(), superuserPassword: 'postgres' });
  const sqs = await startSqs({ databaseUrl: postgres.url, port: 0 });
  const secretsManager = await startSecretsManager({ port: await findFreePort(), dataDir: join(root, 'secrets') });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
  });
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await provisionDatabase(admin);
  await provisionService(admin, 'auth', { owner: 'owner-password', app: 'app-password' });
  await admin.query(stateSchemaSql);
  const secretsClient = new SecretsManagerClient({ region });
  await writeSecrets(secretsClient, postgres.url);
  const secrets = new SecretsManagerProvider({ region, cacheSeconds: 0 });
  const ownerDataSource = () =>
    createDataSource(secrets, { service: 'auth', secretId: 'atrium/auth/database-owner', poolSize: 2, tls: 'off', migrations: authMigrations });
  await migrate(await ownerDataSource());
  return {
    /** Sees every row. */
    admin,
    sqsEndpoint: sqs.endpoint,
    secrets,
    secretsClient,
    ownerDataSource,
    async stop() {
      await admin.end();
      await secrets.close();
      secretsClient.destroy();
      await secretsManager.stop();
      await sqs.stop();
      await postgres.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
export type AuthEngines = Awaited<ReturnType<typeof startAuthEngines>>;

async function writeSecrets(client: SecretsManagerClient, databaseUrl: string): Promise<void> {
  const { hostname: host, port } = new URL(databaseUrl);
  const database = (username: string, password: string) => ({ host, port: Number(port), dbname: 'postgres', username, password });
  const documents = {
    'atrium/auth/database': database('auth_app', 'app-password'),
    'atrium/auth/database-owner': database('auth_owner', 'owner-password'),
    'atrium/state': { url: databaseUrl },
  };
  for (const [Name, document] of Object.entries(documents)) {
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
  }
  await ensureSigningKey(client, signingKeysSecret);
}
