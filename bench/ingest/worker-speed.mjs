// The worker's way from a full queue to ClickHouse, against inserts of the same rows by the official client.
import { load } from '../lib/load.mjs';

const insertRows = 10_000;
const baselineTable = 'bench.events';

/** The rows that are in the table by now, as the official client takes them, and a table of the same make for them. */
export async function prepareBaseline(table, limit) {
  await table.client.command({ query: 'CREATE DATABASE IF NOT EXISTS bench' });
  await table.client.command({ query: `CREATE TABLE IF NOT EXISTS ${baselineTable} AS atrium.events` });
  const rows = await table.rows(`SELECT * EXCEPT (inserted_at) FROM atrium.events LIMIT ${limit}`);
  return rows;
}

/** Rows a second of the client's own inserts, one after another. */
export async function clientInserts(table, rows) {
  await table.client.command({ query: `TRUNCATE TABLE ${baselineTable}` });
  const startedAt = performance.now();
  for (let at = 0; at < rows.length; at += insertRows) {
    await table.client.insert({
      table: baselineTable,
      values: rows.slice(at, at + insertRows),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, input_format_try_infer_dates: 0, input_format_try_infer_datetimes: 0, date_time_input_format: 'best_effort' },
    });
  }
  return { perSecond: (rows.length * 1000) / (performance.now() - startedAt) };
}

/** Rows a second of the worker alone: it is held while the queue fills, and then let go. */
export async function workerDrains({ workerPid, table, port, connections, seconds, request, eventsEach }) {
  const before = await table.count();
  process.kill(workerPid, 'SIGSTOP');
  let accepted;
  try {
    const { statuses } = await load({ port, connections, seconds, request });
    accepted = (statuses['202'] ?? 0) * eventsEach;
  } finally {
    process.kill(workerPid, 'SIGCONT');
  }
  const startedAt = performance.now();
  await table.holds(before + accepted);
  return { perSecond: (accepted * 1000) / (performance.now() - startedAt), rows: accepted };
}
