import type { Credentials } from '../supervisor/credentials.js';
import { databaseName, secretValues } from '../supervisor/secret-values.js';
import { secretIds } from '../supervisor/service-environment.js';
import type { ContainerSettings } from './settings.js';

/** As {@link secretValues}, with the administrators with whom each service's release task makes the other users. */
export function containerSecrets({ container, oauthProviders }: ContainerSettings, credentials: Credentials): Record<string, unknown> {
  const { POSTGRES_HOST: host, POSTGRES_PORT: port, CLICKHOUSE_URL: clickhouse, STATE_URL: state } = container;
  const { admin, migrator } = credentials.clickhouse;
  return {
    ...secretValues({ postgres: { host, port }, clickhouse, state }, oauthProviders, credentials),
    'atrium/database-admin': { host, port, dbname: databaseName, username: 'postgres', password: credentials.postgres },
    'atrium/clickhouse-admin': { url: clickhouse, database: 'default', username: 'admin', password: admin },
    [secretIds.clickhouseOwner]: { url: clickhouse, database: 'atrium', username: 'migrator', password: migrator },
  };
}
