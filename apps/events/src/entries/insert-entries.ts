import type { ClickHouse, Settings } from '../clickhouse/clickhouse.js';

/** Stands for "no organization" in a key. */
export const nobody = '00000000-0000-0000-0000-000000000000';

// The server gathers the rows of all workers for a moment and answers when they are stored: few parts, nothing lost.
const settings: Settings = { async_insert: 1, wait_for_async_insert: 1, date_time_input_format: 'best_effort' };

/** Inserts rows of a table whose key makes the same row one, once merged, and under FINAL at once. */
export async function insertEntries(clickHouse: ClickHouse, table: 'audit_log' | 'domain_events', rows: readonly object[]): Promise<void> {
  const data = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
  await clickHouse.run({ query: `INSERT INTO atrium.${table} FORMAT JSONEachRow`, data, settings });
}
