import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startPostgres } from '@atrium/local';
import { createDataSource, type DataSourceSettings, Database, migrate, provisionDatabase, provisionService } from '@atrium/platform/database';
import { EnvironmentSecretsProvider, type SecretsProvider } from '@atrium/platform/secrets';
import pg from 'pg';
import type { DataSource } from 'typeorm';

const passwords = { owner: 'owner-password', app: 'app-password' };

export interface ServiceDatabaseSettings {
  /** Name of the service and its schema. */
  readonly service: string;
  readonly migrations: NonNullable<DataSourceSettings['migrations']>;
  /** Whether the migrations are run; true where unset. */
  readonly migrated?: boolean;
}

/** A PostgreSQL of its own with one service's roles and schema. */
export interface ServiceDatabase {
  /** Holds `atrium/<service>/database` and `atrium/<service>/database-owner`. */
  readonly secrets: SecretsProvider;
  /** The superuser's URL of the database. */
  readonly url: string;
  readonly port: number;
  /** As superuser: to look at what the app role can't see. Never for behaviour. */
  readonly superuser: pg.Pool;
  /** As the service at work: bound by row-level security. */
  openApp(poolSize?: number): Promise<Database>;
  /** As the owner, with the migrations; not initialized. */
  ownerDataSource(): Promise<DataSource>;
  /** Ends the server alone, as an outage does. */
  stopServer(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and brings up the service's schema as a deployment does. */
export async function startServiceDatabase({ service, migrations, migrated = true }: ServiceDatabaseSettings): Promise<ServiceDatabase> {
  const folder = mkdtempSync(join(tmpdir(), `atrium-${service}-`));
  const port = await findFreePort();
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), port, superuserPassword: 'superuser-password' });
  const superuser = new pg.Pool({ connectionString: server.url, max: 4 });
  // Idle connections are cut when the server stops.
  superuser.on('error', () => undefined);
  const administrator = await superuser.connect();
  await provisionDatabase(administrator);
  await provisionService(administrator, service, passwords);
  administrator.release();
  const secrets = secretsOf(service, port);
  const open = (role: 'app' | 'owner', poolSize: number): Promise<DataSource> =>
    createDataSource(secrets, {
      service,
      secretId: `atrium/${service}/database${role === 'owner' ? '-owner' : ''}`,
      poolSize,
      tls: 'off',
      migrations: role === 'owner' ? migrations : [],
    });
  if (migrated) await migrate(await open('owner', 2));
  const opened: Database[] = [];
  return {
    secrets,
    url: server.url,
    port,
    superuser,
    ownerDataSource: () => open('owner', 2),
    openApp: async (poolSize = 10) => {
      const database = new Database(await (await open('app', poolSize)).initialize());
      opened.push(database);
      return database;
    },
    stopServer: () => server.stop(),
    stop: async () => {
      await Promise.all(opened.map(({ dataSource }) => dataSource.isInitialized && dataSource.destroy()));
      await superuser.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function secretsOf(service: string, port: number): SecretsProvider {
  const secret = (role: 'app' | 'owner'): string =>
    JSON.stringify({ host: '127.0.0.1', port, dbname: 'postgres', username: `${service}_${role}`, password: passwords[role] });
  const name = `ATRIUM_SECRET_${service.toUpperCase()}_DATABASE`;
  return new EnvironmentSecretsProvider({ [name]: secret('app'), [`${name}_OWNER`]: secret('owner') });
}
