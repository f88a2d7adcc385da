import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, createDataSource, migrate, newId, provisionDatabase, provisionService } from '@atrium/platform/database';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { findFreePort, startPostgres } from '@atrium/local';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { migrations } from '../src/index.js';

const passwords = { owner: 'owner-password', app: 'app-password' };
export const appSecretId = 'atrium/users/database';
export const ownerSecretId = 'atrium/users/database-owner';

/** A fresh PostgreSQL with the service's roles, and its schema migrated unless told otherwise. */
export interface UsersDatabase {
  readonly secrets: EnvironmentSecretsProvider;
  /** As a superuser: to look at what the app role can't see. Never for behaviour. */
  readonly superuser: pg.Pool;
  readonly owner: () => Promise<DataSource>;
  readonly stop: () => Promise<void>;
}

export async function startUsersDatabase({ migrated = true } = {}): Promise<UsersDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-users-'));
  const port = await findFreePort();
  const server = await startPostgres({ dataDir: join(folder, 'data'), port, superuserPassword: 'superuser' });
  const superuser = new pg.Pool({ connectionString: server.url, max: 4 });
  // An idle connection may hear of the server's stop before its own end.
  superuser.on('error', () => undefined);
  const administrator = await superuser.connect();
  await provisionDatabase(administrator);
  await provisionService(administrator, 'users', passwords);
  administrator.release();
  const secret = (username: string, password: string): string =>
    JSON.stringify({ host: '127.0.0.1', port, dbname: 'postgres', username, password });
  const secrets = new EnvironmentSecretsProvider({
    ATRIUM_SECRET_USERS_DATABASE: secret('users_app', passwords.app),
    ATRIUM_SECRET_USERS_DATABASE_OWNER: secret('users_owner', passwords.owner),
  });
  const owner = () => createDataSource(secrets, { service: 'users', secretId: ownerSecretId, poolSize: 2, tls: 'off', migrations });
  if (migrated) await migrate(await owner());
  return {
    secrets,
    superuser,
    owner,
    stop: async () => {
      await superuser.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function appDatabase(secrets: EnvironmentSecretsProvider): Promise<Database> {
  const dataSource = await createDataSource(secrets, { service: 'users', secretId: appSecretId, poolSize: 10, tls: 'off' });
  return new Database(await dataSource.initialize());
}

export const randomEmail = (): string => `p-${newId()}@example.com`;
