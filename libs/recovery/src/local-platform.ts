import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clickHouseUsers, findFreePort, openCredentials, provisionPostgres, startClickHouse, startPostgres } from '@atrium/local';
import { backUp } from './backup.js';
import { localPostgresUrl, type Stores, storesOfLocalPlatform } from './settings.js';
import type { Stopwatch } from './stopwatch.js';

/** Engines of a local platform to be: `npm start` with this data folder runs on them once they are stopped. */
export interface LocalTarget extends Stores {
  readonly postgresUrl: string;
  stop(): Promise<void>;
}

/** What may be there already: copied from the former data folder, since no backup holds it. */
const besides = new Set(['secrets', 's3', 'demo.json', 'credentials.json']);

/** Starts fresh engines with roles, passwords and users in `dataDir`. `backupsDir` is where ClickHouse finds its backup. */
export async function startLocalTarget(dataDir: string, backupsDir: string): Promise<LocalTarget> {
  if (existsSync(dataDir) && readdirSync(dataDir).some((name) => !besides.has(name))) {
    throw new Error(`${dataDir} holds a platform already: restore into a new folder`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const credentials = openCredentials(dataDir);
  const postgresPort = await findFreePort();
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), port: postgresPort, superuserPassword: credentials.postgres });
  try {
    await provisionPostgres(postgres.url, credentials);
    const users = clickHouseUsers(credentials);
    const clickHouse = await startClickHouse({ dataDir: join(dataDir, 'clickhouse'), port: await findFreePort(), users, backupsDir });
    return {
      postgresUrl: localPostgresUrl(credentials.postgres, postgresPort),
      clickHouse: { url: clickHouse.url, username: 'admin', password: credentials.clickhouse.admin },
      stop: async () => {
        await clickHouse.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Backs up a local platform that runs. Its ClickHouse writes into its own folder alone; from there the backup goes beside the rest. */
export async function backUpLocalPlatform(
  folder: string,
  dataDir: string,
  env: NodeJS.ProcessEnv,
  watch: Stopwatch,
): Promise<void> {
  const name = 'clickhouse';
  const written = join(dataDir, 'clickhouse', 'backups', name);
  rmSync(written, { recursive: true, force: true });
  const collect = () => cpSync(written, join(folder, name), { recursive: true });
  try {
    const clickHouse = { location: { kind: 'file', name }, base: undefined } as const;
    await backUp({ folder, stores: storesOfLocalPlatform(dataDir, env), clickHouse, collect }, watch);
  } finally {
    rmSync(written, { recursive: true, force: true });
  }
}
