// An export of a million events and more through the gateway: how fast, and whether the memory of the processes on the way stays flat.
import { readFileSync } from 'node:fs';
import { startPlatform } from '@atrium/testing';
import { EventTable } from './ingest/event-table.mjs';

const rows = Number(process.env.BENCH_ROWS ?? 1_200_000);
const platform = await startPlatform({ limitScale: 1_000_000 });
const table = new EventTable(platform);
const write = (text) => process.stdout.write(text);

/** Megabytes of resident memory; NaN where there is no /proc. */
const memoryOf = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return NaN;
  }
};

async function measure(token, format, options) {
  const { gateway, events } = platform.pids;
  const before = [memoryOf(gateway), memoryOf(events)];
  const most = [...before];
  const watch = setInterval(() => [gateway, events].forEach((pid, index) => (most[index] = Math.max(most[index], memoryOf(pid)))), 50);
  const begun = performance.now();
  const address = `${platform.gateway}/api/v1/events/export?format=${format}&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z${options}`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  let bytes = 0;
  let lines = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); format !== 'parquet' && options === '' && at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  }
  clearInterval(watch);
  const seconds = (performance.now() - begun) / 1000;
  const grown = most.map((one, index) => `${before[index].toFixed(0)} → ${one.toFixed(0)} MB`);
  write(`  ${format}${options}: ${response.status}, ${(bytes / 1e6).toFixed(0)} MB${lines ? `, ${lines} lines` : ''}, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s; gateway ${grown[0]}, events ${grown[1]}\n`);
}

try {
  const { email, password } = platform.demo;
  const login = await fetch(`${platform.gateway}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) });
  const { access_token: token } = await login.json();
  const orgId = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).org_id;
  const slice = 100_000;
  for (let from = 0; from < rows; from += slice) {
    await table.client.command({
      query: `INSERT INTO atrium.events (org_id, site_id, event_id, event_name, user_id, ts, received_at, properties, retention_days)
        SELECT '${orgId}', '${orgId}', generateUUIDv4(number), 'view', toString(number % 1000), toDateTime64('2026-03-02', 3, 'UTC') + toIntervalSecond(number), now64(3),
          concat('{"path":"/p/', toString(number), '","text":"', repeat('x', 200), '"}'), 4000 FROM numbers(${from}, ${slice})`,
    });
  }
  write(`\n${rows} events through the gateway; memory before and at most while it runs\n`);
  for (const format of ['ndjson', 'csv', 'parquet']) await measure(token, format, '');
  await measure(token, 'ndjson', '&compression=gzip');
} finally {
  await table.close();
  await platform.stop();
  platform.removeData();
}
process.exit(0);
