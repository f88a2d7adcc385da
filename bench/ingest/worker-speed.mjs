// The worker's way from a full queue to ClickHouse, against inserts of the same rows by the official client.
import { load } from '../lib/load.mjs';
import { measureCores } from './cpu-shares.mjs';

const insertRows = 10_000;
/** Each look costs the engine that is measured. */
const pollMs = 100;
const baselineTable = 'bench.events';

/** The function given back tells rows a second, and CPU seconds of every part for a million of them. */
function startTiming(platform) {
  const cores = measureCores(platform);
  const startedAt = performance.now();
  return (rows) => {
    const seconds = (performance.now() - startedAt) / 1000;
    const used = Object.entries(cores()).map(([part, share]) => [part, (share * seconds * 1e6) / rows]);
    return { perSecond: rows / seconds, cpuPerMillion: Object.fromEntries(used) };
  };
}

/** The rows that are in the table by now, as the official client takes them, and a table of the same make for them. */
export async function prepareBaseline(table, limit) {
  await table.client.command({ query: 'CREATE DATABASE IF NOT EXISTS bench' });
  await table.client.command({ query: `CREATE TABLE IF NOT EXISTS ${baselineTable} AS atrium.events` });
  const rows = await table.rows(`SELECT * EXCEPT (inserted_at) FROM atrium.events LIMIT ${limit}`);
  return rows;
}

/** Rows a second of the client's own inserts, one after another. */
export async function clientInserts(platform, table, rows) {
  await table.client.command({ query: `TRUNCATE TABLE ${baselineTable}` });
  const timed = startTiming(platform);
  for (let at = 0; at < rows.length; at += insertRows) {
    await table.client.insert({
      table: baselineTable,
      values: rows.slice(at, at + insertRows),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, input_format_try_infer_dates: 0, input_format_try_infer_datetimes: 0, date_time_input_format: 'best_effort' },
    });
  }
  return timed(rows.length);
}

/** Rows a second of the worker alone: it is held while the queue fills, and then let go. */
export async function workerDrains({ platform, table, port, connections, seconds, request, eventsEach }) {
  // As the baseline's: what earlier rounds left would be merged now.
  await table.client.command({ query: 'TRUNCATE TABLE atrium.events' });
  process.kill(platform.pids.events_worker, 'SIGSTOP');
  let accepted;
  try {
    const { statuses } = await load({ port, connections, seconds, request });
    accepted = (statuses['202'] ?? 0) * eventsEach;
  } finally {
    process.kill(platform.pids.events_worker, 'SIGCONT');
  }
  const inserts = await table.inserts();
  const timed = startTiming(platform);
  await table.holds(accepted, pollMs);
  return { ...timed(accepted), rows: accepted, rowsEach: accepted / Math.max(1, (await table.inserts()) - inserts) };
}
