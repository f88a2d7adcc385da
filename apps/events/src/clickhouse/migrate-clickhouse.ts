import { z } from 'zod';
import type { ClickHouse } from './clickhouse.js';

export interface ClickHouseMigration {
  readonly name: string;
  /** Statements in order; each must be safe to repeat, as ClickHouse has no transactions over them. */
  readonly up: readonly string[];
  readonly down: readonly string[];
}

const names = z.array(z.object({ name: z.string() }));

/** The account's own database may not exist yet: statements name theirs, and `default` always exists. */
const settings = { database: 'default' } as const;

async function ran(clickHouse: ClickHouse): Promise<Set<string>> {
  const rows = await clickHouse.rows({ query: 'SELECT DISTINCT name FROM atrium.migrations', settings });
  return new Set(names.parse(rows).map(({ name }) => name));
}

/** Runs the pending migrations in order; names of those that ran. */
export async function migrateClickHouse(clickHouse: ClickHouse, migrations: readonly ClickHouseMigration[]): Promise<string[]> {
  await clickHouse.run({ query: 'CREATE DATABASE IF NOT EXISTS atrium', settings });
  await clickHouse.run({
    query: 'CREATE TABLE IF NOT EXISTS atrium.migrations (name String, ran_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY name',
    settings,
  });
  const known = await ran(clickHouse);
  const pending = migrations.filter(({ name }) => !known.has(name));
  for (const { name, up } of pending) {
    for (const query of up) await clickHouse.run({ query, settings });
    await clickHouse.run({ query: 'INSERT INTO atrium.migrations (name) VALUES ({name:String})', parameters: { name }, settings });
  }
  return pending.map(({ name }) => name);
}

/** Undoes the migrations, last first. */
export async function revertClickHouse(clickHouse: ClickHouse, migrations: readonly ClickHouseMigration[]): Promise<void> {
  for (const { name, down } of migrations.toReversed()) {
    for (const query of down) await clickHouse.run({ query, settings });
    await clickHouse.run({
      query: 'ALTER TABLE atrium.migrations DELETE WHERE name = {name:String} SETTINGS mutations_sync = 1',
      parameters: { name },
      settings,
    });
  }
}
