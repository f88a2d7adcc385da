import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse, clickHouseMigrations, migrateClickHouse } from '@atrium/events/clickhouse';
import { clickHouseUsers, findFreePort, openCredentials, startClickHouse } from '@atrium/local';
import { addServiceSchema, startDatabaseServer } from '@atrium/testing';
import type { Stores } from '../src/index.js';
import { serviceMigrations } from '../src/services.js';

/** PostgreSQL and ClickHouse with every service's schema, as its release brings it up. ClickHouse's backups go to `backupsDir`. */
export async function startSourcePlatform(backupsDir: string) {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-source-'));
  const database = await startDatabaseServer();
  for (const [service, migrations] of Object.entries(serviceMigrations)) {
    await (await addServiceSchema(database, { service, migrations })).close();
  }
  const credentials = openCredentials(folder);
  const server = await startClickHouse({ dataDir: join(folder, 'clickhouse'), port: await findFreePort(), users: clickHouseUsers(credentials), backupsDir });
  const administrator = { url: server.url, username: 'admin', password: credentials.clickhouse.admin };
  const clickHouse = new ClickHouse(async () => ({ ...administrator, database: 'default' }));
  await migrateClickHouse(clickHouse, clickHouseMigrations);
  const stores: Stores = { postgresUrl: database.url, clickHouse: administrator };
  return {
    stores,
    database: database.superuser,
    clickHouse,
    async stop() {
      await server.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** ClickHouse as `reader` asks it on behalf of an organization. */
export const readerOf = (url: string, password: string) => {
  const clickHouse = new ClickHouse(async () => ({ url, username: 'reader', password, database: 'default' }));
  return (orgId: string, query: string) => clickHouse.run({ query, settings: { query_id: `${orgId}.${randomUUID()}` } });
};
