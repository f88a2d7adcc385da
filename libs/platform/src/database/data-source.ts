import { DataSource, type DataSourceOptions } from 'typeorm';
import { z } from 'zod';
import type { SecretsProvider } from '../secrets/index.js';

/** Shape of a database secret, as RDS writes it. */
export const databaseSecret = z.object({
  host: z.string(),
  port: z.coerce.number().int(),
  dbname: z.string(),
  username: z.string(),
  password: z.string(),
});

export interface DataSourceSettings {
  /** Schema and application name. */
  readonly service: string;
  readonly secretId: string;
  readonly poolSize: number;
  readonly tls: 'off' | 'verify';
  readonly entities?: NonNullable<DataSourceOptions['entities']>;
  readonly migrations?: NonNullable<DataSourceOptions['migrations']>;
  /** How long a connection may take; 3 s where unset, for requests that wait on it. */
  readonly connectTimeoutMs?: number;
}

/** Bounded waits, so that an exhausted pool or a dead server answers 503 instead of hanging. */
const waits = { connectionTimeoutMillis: 3_000, idleTimeoutMillis: 30_000, keepAlive: true } as const;

/** A data source whose password is read for each new connection, so that a rotation needs no restart. */
export async function createDataSource(secrets: SecretsProvider, settings: DataSourceSettings): Promise<DataSource> {
  const { host, port, dbname, username } = await secrets.getJson(settings.secretId, databaseSecret);
  return new DataSource({
    type: 'postgres',
    host,
    port,
    database: dbname,
    username,
    password: async () => (await secrets.getJson(settings.secretId, databaseSecret)).password,
    ssl: settings.tls === 'verify',
    schema: settings.service,
    applicationName: `atrium-${settings.service}`,
    entities: settings.entities ?? [],
    migrations: settings.migrations ?? [],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    extra: { max: settings.poolSize, ...waits, connectionTimeoutMillis: settings.connectTimeoutMs ?? waits.connectionTimeoutMillis },
  });
}
