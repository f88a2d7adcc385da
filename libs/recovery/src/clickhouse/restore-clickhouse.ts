import type { ClickHouse } from '@atrium/events/clickhouse';
import { z } from 'zod';
import type { ClickHouseManifest } from '../manifest.js';
import type { Stopwatch } from '../stopwatch.js';
import { locationSql } from './backup-clickhouse.js';
import { type ClickHouseTarget, connect, databases, longWork } from './connection.js';
import { listTables } from './figures.js';

const count = z.tuple([z.object({ rows: z.coerce.number() })]);
/** What migrations and workers of an empty server leave in it. */
const ownRecords = ['atrium.migrations', 'atrium.queue_progress'];

/** Restores the server's own backup into a server without events. Users and policies are made by provisioning, before or after. */
export async function restoreClickHouse(target: ClickHouseTarget, { location }: ClickHouseManifest, watch: Stopwatch): Promise<void> {
  const clickHouse = connect(target);
  await requireNoRows(clickHouse);
  for (const name of databases) await clickHouse.run({ query: `DROP DATABASE IF EXISTS ${name} SYNC` });
  const restore = (settings: string) =>
    clickHouse.run({ query: `RESTORE ${databases.map((name) => `DATABASE ${name}`).join(', ')} FROM ${locationSql(location)}${settings}`, timeoutMs: longWork });
  await watch.step('ClickHouse: definitions', () => restore(' SETTINGS structure_only = 1'));
  // What has outlived its retention since the backup goes by itself, but not before it is counted.
  await clickHouse.run({ query: 'SYSTEM STOP MERGES' });
  await watch.step('ClickHouse: rows', () => restore(''));
}

/** Merges, which the restore held. A server that starts again does so by itself. */
export const resumeMerges = (target: ClickHouseTarget): Promise<unknown> => connect(target).run({ query: 'SYSTEM START MERGES' });

async function requireNoRows(clickHouse: ClickHouse): Promise<void> {
  for (const { name, sql } of await listTables(clickHouse)) {
    if (ownRecords.includes(name)) continue;
    const [{ rows }] = count.parse(await clickHouse.rows({ query: `SELECT count() AS rows FROM ${sql}` }));
    if (rows > 0) throw new Error(`ClickHouse holds rows already (${name}): restore into a fresh server`);
  }
}
