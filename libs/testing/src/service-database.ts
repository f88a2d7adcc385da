import { createDataSource, type DataSourceSettings, Database, migrate, provisionService } from '@atrium/platform/database';
import { EnvironmentSecretsProvider, type SecretsProvider, secretVariable } from '@atrium/platform/secrets';
import type { DataSource } from 'typeorm';
import { type DatabaseServer, startDatabaseServer } from './database-server.js';

const passwords = { owner: 'owner-password', app: 'app-password' };

export interface ServiceDatabaseSettings {
  /** Name of the service and its schema. */
  readonly service: string;
  readonly migrations: NonNullable<DataSourceSettings['migrations']>;
  /** Whether the migrations are run; true where unset. */
  readonly migrated?: boolean;
}

/** One service's roles and schema in a database. */
export interface ServiceSchema {
  /** Documents of the secrets `atrium/<service>/database`, `atrium/<service>/database-owner` and `atrium/state`, by name. */
  readonly secretDocuments: Readonly<Record<string, object>>;
  /** Holds the same. */
  readonly secrets: SecretsProvider;
  /** As the service at work: bound by row-level security. */
  openApp(poolSize?: number): Promise<Database>;
  /** As the owner, with the migrations; not initialized. */
  ownerDataSource(): Promise<DataSource>;
  /** Ends what {@link openApp} opened. */
  close(): Promise<void>;
}

/** A PostgreSQL of its own with one service's roles and schema. */
export interface ServiceDatabase extends Omit<ServiceSchema, 'close'>, DatabaseServer {}

/** Starts PostgreSQL and brings up the service's schema as a deployment does. */
export async function startServiceDatabase(settings: ServiceDatabaseSettings): Promise<ServiceDatabase> {
  const server = await startDatabaseServer();
  const { close, ...schema } = await addServiceSchema(server, settings);
  return {
    ...server,
    ...schema,
    stop: async () => {
      await close();
      await server.stop();
    },
  };
}

/** Brings up a service's schema in a database, which may hold those of others. */
export async function addServiceSchema(
  server: DatabaseServer,
  { service, migrations, migrated = true }: ServiceDatabaseSettings,
): Promise<ServiceSchema> {
  const administrator = await server.superuser.connect();
  await provisionService(administrator, service, passwords);
  administrator.release();
  const secretDocuments = secretDocumentsOf(service, server);
  const secrets = new EnvironmentSecretsProvider(
    Object.fromEntries(Object.entries(secretDocuments).map(([name, document]) => [secretVariable(name), JSON.stringify(document)])),
  );
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
    secretDocuments,
    secrets,
    ownerDataSource: () => open('owner', 2),
    openApp: async (poolSize = 10) => {
      const database = new Database(await (await open('app', poolSize)).initialize());
      opened.push(database);
      return database;
    },
    close: async () => void (await Promise.all(opened.map(({ dataSource }) => dataSource.isInitialized && dataSource.destroy()))),
  };
}

function secretDocumentsOf(service: string, { port, url }: DatabaseServer): Record<string, object> {
  const document = (role: 'app' | 'owner') => ({
    host: '127.0.0.1',
    port,
    dbname: 'postgres',
    username: `${service}_${role}`,
    password: passwords[role],
  });
  return {
    [`atrium/${service}/database`]: document('app'),
    [`atrium/${service}/database-owner`]: document('owner'),
    'atrium/state': { url },
  };
}
