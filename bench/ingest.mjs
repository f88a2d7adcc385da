// Events from the request to ClickHouse: durably acknowledged, one or fifty a request, against a Fastify that keeps nothing.
import { startPlatform } from '@atrium/testing';
import { load } from './lib/load.mjs';
import { startProcess } from './lib/processes.mjs';
import { interleave, median, report } from './lib/rounds.mjs';
import { measureCores } from './ingest/cpu-shares.mjs';
import { EventTable } from './ingest/event-table.mjs';
import { measureFreshness } from './ingest/freshness.mjs';
import { ingestRequests } from './ingest/sample-events.mjs';
import { clientInserts, prepareBaseline, workerDrains } from './ingest/worker-speed.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 50);
const parts = (process.env.BENCH_PARTS ?? 'freshness,single,batch,worker').split(',');
const batchSize = 50;

const write = (text) => process.stdout.write(text);
const platform = await startPlatform({ limitScale: 1_000_000 });
const bare = await startProcess(new URL('./ingest/bare-fastify.mjs', import.meta.url));
const table = new EventTable(platform);
const { write_key: writeKey } = platform.demo;

const worker = platform.pids.events_worker;

/**
 * One round; for the platform (`own`: its processes that the request passes) it ends when all that was accepted is
 * stored, so that no round pays for another. `held`: the worker stands still while events are sent, as where it has
 * machines of its own.
 */
async function round(port, request, eventsEach, own, held = false) {
  const stores = own !== undefined;
  const before = stores ? await table.count() : 0;
  const cores = measureCores(platform);
  const bareBefore = bare.cpuSeconds();
  const startedAt = performance.now();
  if (held) process.kill(worker, 'SIGSTOP');
  const result = await load({ port, connections, seconds, request }).finally(() => held && process.kill(worker, 'SIGCONT'));
  const whileLoading = cores();
  const { 202: requests = 0, ...others } = result.statuses;
  if (Object.keys(others).length > 0) throw new Error(`Answers other than 202: ${JSON.stringify(result.statuses)}`);
  const microseconds = (used) => (used === undefined ? undefined : (used * 1e6) / result.perSecond);
  if (!stores) return { ...result, cpuMicroseconds: microseconds((bare.cpuSeconds() - bareBefore) / seconds || undefined) };
  await table.holds(before + requests * eventsEach);
  const storedPerSecond = (requests * eventsEach * 1000) / (performance.now() - startedAt);
  const ownCores = own.reduce((sum, part) => sum + (whileLoading[part] ?? 0), 0);
  return { ...result, cores: whileLoading, storedPerSecond, cpuMicroseconds: microseconds(ownCores || undefined) };
}

function reportParts(results) {
  for (const [name, { rounds: measured }] of Object.entries(results)) {
    const [first] = measured;
    if (!first?.cores) continue;
    const stored = measured.map(({ storedPerSecond }) => storedPerSecond);
    const all = median(measured.map((one) => (Object.values(one.cores).reduce((sum, used) => sum + used, 0) * 1e6) / one.perSecond));
    const cores = Object.keys(first.cores).map((part) => `${part} ${median(measured.map((one) => one.cores[part] ?? 0)).toFixed(2)}`);
    write(`  ${name}: stored ${Math.round(median(stored))} events/s end to end (${Math.round(Math.min(...stored))}–${Math.round(Math.max(...stored))})\n`);
    write(`    cores while sending: ${cores.join(', ')}; ${all.toFixed(0)} µs of all together a request\n`);
  }
}

async function compare(title, request, eventsEach) {
  const { events, gateway } = platform.ports;
  const results = await interleave({
    rounds,
    contenders: {
      'bare Fastify': () => round(bare.port, request, eventsEach),
      'events API': () => round(events, request, eventsEach, ['events']),
      'through the gateway': () => round(gateway, request, eventsEach, ['gateway', 'events']),
      'events API, worker held': () => round(events, request, eventsEach, ['events'], true),
      'gateway, worker held': () => round(gateway, request, eventsEach, ['gateway', 'events'], true),
    },
  });
  report(`${title}, ${connections} connections, ${rounds} rounds of ${seconds} s`, results, 'events API');
  const ratio = (name) => (results[name].median / results['bare Fastify'].median).toFixed(2);
  const cpu = (name) => median(results[name].rounds.map(({ cpuMicroseconds }) => cpuMicroseconds ?? NaN));
  const byCpu = (name) => (cpu('bare Fastify') / cpu(name)).toFixed(2);
  for (const name of Object.keys(results).filter((contender) => contender !== 'bare Fastify')) write(`  of bare Fastify, ${name}: ${ratio(name)}, by CPU of its own processes ${byCpu(name)}\n`);
  reportParts(results);
}

async function compareWorker(request) {
  const contender = { platform, table, port: platform.ports.events, connections, seconds, request, eventsEach: batchSize };
  const filled = await workerDrains(contender);
  const rows = await prepareBaseline(table, Math.min(filled.rows, 100_000));
  const results = await interleave({
    rounds,
    contenders: { worker: () => workerDrains(contender), 'official client': () => clientInserts(platform, table, rows) },
  });
  report(`Rows into ClickHouse: the worker from a full queue, the official client in inserts of 10,000, ${rounds} rounds`, results, 'worker');
  write(`  worker: ${Math.round(median(results.worker.rounds.map(({ rowsEach }) => rowsEach)))} rows an insert, ${Math.round(median(results.worker.rounds.map(({ rows: each }) => each)))} rows a round\n`);
  for (const [name, { rounds: measured }] of Object.entries(results)) {
    const total = ({ cpuPerMillion }) => Object.values(cpuPerMillion).reduce((sum, seconds) => sum + seconds, 0);
    const parts = [...new Set(measured.flatMap(({ cpuPerMillion }) => Object.keys(cpuPerMillion)))];
    const each = parts.map((part) => `${part} ${median(measured.map(({ cpuPerMillion }) => cpuPerMillion[part] ?? 0)).toFixed(1)}`);
    write(`  ${name}: ${median(measured.map(total)).toFixed(1)} s of CPU for a million rows (${each.join(', ')})\n`);
  }
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function reportFreshness() {
  const perSecond = 500;
  const runs = [];
  for (let run = 0; run < rounds; run += 1) runs.push(await measureFreshness({ port: platform.ports.events, writeKey, table, perSecond, seconds: Math.max(3, seconds) }));
  const at = (share) => median(runs.map((delays) => percentile(delays, share)));
  write(`\nUntil an accepted event is queryable, at ${perSecond} events/s, ${rounds} rounds\n`);
  write(`  p50 ${at(0.5).toFixed(0)} ms  p95 ${at(0.95).toFixed(0)} ms  most ${Math.max(...runs.map((delays) => delays.at(-1) ?? 0)).toFixed(0)} ms\n`);
}

try {
  if (parts.includes('freshness')) await reportFreshness();
  if (parts.includes('single')) await compare('One event a request', ingestRequests(writeKey, 1_000), 1);
  if (parts.includes('batch')) await compare(`${batchSize} events a request`, ingestRequests(writeKey, 200, batchSize), batchSize);
  if (parts.includes('worker')) await compareWorker(ingestRequests(writeKey, 200, batchSize));
} finally {
  await table.close();
  await bare.stop();
  await platform.stop();
  platform.removeData();
}
process.exit(0);
