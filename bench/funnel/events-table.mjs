// ClickHouse with the table and the view of the events service, asked as the service asks: as the reader of one organization.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse, clickHouseMigrations, migrateClickHouse } from '@atrium/events';
import { findFreePort, organizationRowFilter, startClickHouse, untrustedQueryLimits } from '@atrium/local';
import { largeOrg } from './fill-table.mjs';
import { heavySettings, settingsOf } from '../../apps/events/dist/queries/analytics.js';

const users = {
  admin: { password: 'admin-secret' },
  writer: { password: 'writer-secret', grants: ['GRANT SELECT, INSERT, ALTER DELETE ON atrium.*'] },
  tenant_rows: { password: null, grants: ['GRANT SELECT ON atrium.events'], rowPolicies: [{ database: 'atrium', table: 'events', filter: organizationRowFilter }] },
  reader: { password: 'reader-secret', grants: ['GRANT SELECT ON analytics.*'], settings: untrustedQueryLimits },
};

/** Clock ticks of Linux, 100 a second; NaN elsewhere. */
function cpuMilliseconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return NaN;
  }
}

/** In a folder of its own, or in `BENCH_FOLDER`, which stays and may be full already. */
export async function startEventsTable() {
  const kept = process.env.BENCH_FOLDER;
  const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'atrium-funnel-'));
  const server = await startClickHouse({ dataDir, port: await findFreePort(), users });
  const accountOf = (username) => async () => ({ url: server.url, database: 'atrium', username, password: users[username].password });
  const admin = new ClickHouse(accountOf('admin'));
  await migrateClickHouse(admin, clickHouseMigrations);
  return {
    run: (query, settings = {}) => admin.run({ query, settings, timeoutMs: 600_000 }),
    async size() {
      const parts = `(SELECT count() FROM system.parts WHERE active AND database = 'atrium' AND table = 'events')`;
      const text = await admin.run({ query: `SELECT count(), countIf(org_id = '${largeOrg}'), ${parts} FROM atrium.events` });
      const [rows, own, count] = text.split('\t').map(Number);
      return { rows, own, parts: count };
    },
    async ask(orgId, { query, parameters, heavy }) {
      const settings = { default_format: 'JSONEachRow', ...(heavy ? heavySettings : {}), ...settingsOf({ orgId }), max_execution_time: 120 };
      const address = new URL(server.url);
      for (const [name, value] of Object.entries(settings)) address.searchParams.set(name, value);
      for (const [name, value] of Object.entries(parameters)) address.searchParams.set(`param_${name}`, value);
      const before = cpuMilliseconds(server.pid);
      const begun = performance.now();
      const response = await fetch(address, { method: 'POST', body: query, headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'reader-secret' } });
      const text = await response.text();
      const ms = performance.now() - begun;
      if (!response.ok) throw new Error(text);
      const { read_rows: rows, memory_usage: memory } = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '{}');
      return { ms, cpuMs: cpuMilliseconds(server.pid) - before, rows: Number(rows), memory: Number(memory) };
    },
    async stop() {
      await server.stop();
      if (kept === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
