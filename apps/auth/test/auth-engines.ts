import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startSecretsManager, startSqs } from '@atrium/local';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { startServiceDatabase } from '@atrium/testing';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ensureEncryptionKey } from '../src/encryption/key-provision.js';
import { authMigrations } from '../src/migrations/index.js';
import { ensureSigningKey } from '../src/signing-keys/key-rotation.js';

export const region = 'eu-central-1';
export const oauthProvidersSecret = 'atrium/auth/oauth-providers';
export const signingKeysSecret = 'atrium/auth/signing-keys';
export const encryptionKeysSecret = 'atrium/auth/encryption-keys';

/** PostgreSQL, SQS and Secrets Manager with everything that auth finds at its start; shared state in PostgreSQL too where no URL is given. */
export async function startAuthEngines(stateUrl?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-auth-'));
  const database = await startServiceDatabase({ service: 'auth', migrations: authMigrations });
  const sqs = await startSqs({ databaseUrl: database.url, port: 0 });
  const secretsManager = await startSecretsManager({ port: await findFreePort(), dataDir: folder });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
  });
  const secretsClient = new SecretsManagerClient({ region });
  const documents = { ...database.secretDocuments, ...(stateUrl !== undefined && { 'atrium/state': { url: stateUrl } }) };
  for (const [Name, document] of Object.entries(documents)) {
    await secretsClient.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
  }
  await ensureSigningKey(secretsClient, signingKeysSecret);
  await ensureEncryptionKey(secretsClient, encryptionKeysSecret);
  const secrets = new SecretsManagerProvider({ region, cacheSeconds: 0 });
  return {
    superuser: database.superuser,
    ownerDataSource: database.ownerDataSource,
    sqsEndpoint: sqs.endpoint,
    secrets,
    secretsClient,
    async stop() {
      await secrets.close();
      secretsClient.destroy();
      await secretsManager.stop();
      await sqs.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type AuthEngines = Awaited<ReturnType<typeof startAuthEngines>>;
