import { SECRETS_PROVIDER, type SecretsProvider } from '@atrium/platform/secrets';
import { ClickHouse } from './clickhouse.js';
import { clickHouseSecret } from './clickhouse-secret.js';

/** Dependency-injection token of the {@link ClickHouse} that inserts. */
export const CLICKHOUSE_WRITER = Symbol('ClickHouseWriter');
/** Dependency-injection token of the {@link ClickHouse} that answers queries, through a row policy. */
export const CLICKHOUSE_READER = Symbol('ClickHouseReader');

const provider = (token: symbol, secretId: string, user: 'writer' | 'reader') => ({
  provide: token,
  inject: [SECRETS_PROVIDER],
  useFactory: (secrets: SecretsProvider) =>
    new ClickHouse(async (options) => {
      const { url, database, [user]: account } = await secrets.getJson(secretId, clickHouseSecret, options);
      return { url, database, ...account };
    }),
});

export const clickHouseWriter = (secretId: string) => provider(CLICKHOUSE_WRITER, secretId, 'writer');
export const clickHouseReader = (secretId: string) => provider(CLICKHOUSE_READER, secretId, 'reader');
