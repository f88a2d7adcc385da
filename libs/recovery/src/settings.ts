import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName, openCredentials, readSettings } from '@atrium/local';
import { z } from 'zod';
import type { ClickHouseTarget } from './clickhouse/connection.js';

/** The stores to work on. One that is undefined is left out. */
export interface Stores {
  readonly postgresUrl: string | undefined;
  readonly clickHouse: ClickHouseTarget | undefined;
}

const environment = z.object({
  /** Superuser or role with BYPASSRLS, with its password, e.g. `postgresql://admin:…@host:5432/atrium?sslmode=verify-full`. */
  POSTGRES_URL: z.url().optional(),
  /** Server of the administrator `CLICKHOUSE_USER`. */
  CLICKHOUSE_URL: z.url().optional(),
  CLICKHOUSE_USER: z.string().default('admin'),
  CLICKHOUSE_PASSWORD: z.string().optional(),
});

/** Servers that the environment names, so that no password is on a command line. */
export function storesOfEnvironment(env: Readonly<Record<string, string | undefined>>): Stores {
  const { POSTGRES_URL, CLICKHOUSE_URL: url, CLICKHOUSE_USER: username, CLICKHOUSE_PASSWORD: password } = environment.parse(env);
  if (url !== undefined && password === undefined) throw new Error('CLICKHOUSE_URL is set without CLICKHOUSE_PASSWORD');
  if (POSTGRES_URL === undefined && url === undefined) throw new Error('Neither POSTGRES_URL nor CLICKHOUSE_URL is set, and no --data is given');
  return { postgresUrl: POSTGRES_URL, clickHouse: url === undefined || password === undefined ? undefined : { url, username, password } };
}

/** The engines of a local platform that runs on this data folder. */
export function storesOfLocalPlatform(dataDir: string, env: Readonly<Record<string, string | undefined>>): Stores {
  if (!existsSync(join(dataDir, 'credentials.json'))) throw new Error(`${dataDir} holds no local platform`);
  const credentials = openCredentials(dataDir);
  const { ports } = readSettings(dataDir, env);
  return {
    postgresUrl: localPostgresUrl(credentials.postgres, ports.postgres),
    clickHouse: { url: `http://127.0.0.1:${ports.clickhouse}`, username: 'admin', password: credentials.clickhouse.admin },
  };
}

export const localPostgresUrl = (password: string, port: number): string =>
  `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${databaseName}`;
