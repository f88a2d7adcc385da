import { parseConfig } from '@atrium/platform/config';
import { createLogger, exitWithReason } from '@atrium/platform/logging';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clickHouseOwnerSecret } from './clickhouse/clickhouse-secret.js';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { rotatePasswords, type SecretStore } from './clickhouse/rotate-passwords.js';
import { eventsRotationConfig } from './config.js';

const name = 'events-rotation';

const storeOf = (client: SecretsManagerClient): SecretStore => ({
  read: async (SecretId) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    try {
      return JSON.parse(SecretString ?? '') as unknown;
    } catch {
      // Without the cause, which quotes the text.
      throw new Error(`Secret ${SecretId}: the content is not JSON`);
    }
  },
  write: async (SecretId, document) => void (await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(document) }))),
});

/** `node dist/rotate-clickhouse.js`: a task of its own, once a period. */
try {
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig(name, eventsRotationConfig, process.env);
  const client = new SecretsManagerClient({ region: config.AWS_REGION });
  try {
    const store = storeOf(client);
    const administrator = new ClickHouse(async () => clickHouseOwnerSecret.parse(await store.read(config.CLICKHOUSE_ADMIN_SECRET_ID)));
    await rotatePasswords(administrator, store, { owner: config.CLICKHOUSE_OWNER_SECRET_ID, serving: config.CLICKHOUSE_SECRET_ID });
    createLogger({ service: name, level: config.LOG_LEVEL }).info('passwords rotated');
  } finally {
    client.destroy();
  }
} catch (error) {
  exitWithReason(error, name, 'could not rotate');
}
