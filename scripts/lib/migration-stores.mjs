// What has migrations: the schema of each app in PostgreSQL, and ClickHouse, read from what is compiled.
import { existsSync, readdirSync } from 'node:fs';
import { root } from './setup.mjs';

/** The list that a compiled file exports. */
async function listIn(path) {
  const file = `${root}${path}`;
  return existsSync(file) ? Object.values(await import(file)).find(Array.isArray) : undefined;
}

/** `{kind: 'postgres' | 'clickhouse', app, name, migrations}` of each, by name. */
export async function migrationStores() {
  const stores = [];
  for (const app of readdirSync(`${root}apps`).sort()) {
    const postgres = await listIn(`apps/${app}/dist/migrations/index.js`);
    if (postgres) stores.push({ kind: 'postgres', app, name: app, migrations: postgres });
    const clickHouse = await listIn(`apps/${app}/dist/clickhouse/migrations/index.js`);
    if (clickHouse) stores.push({ kind: 'clickhouse', app, name: `${app}-clickhouse`, migrations: clickHouse });
  }
  return stores;
}
