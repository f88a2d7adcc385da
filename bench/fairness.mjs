// What organizations that send little notice of one that sends a hundred times as much.
import { setTimeout as sleep } from 'node:timers/promises';
import { startPlatform, World } from '@atrium/testing';
import { median } from './lib/rounds.mjs';
import { EventTable } from './ingest/event-table.mjs';
import { measureFreshness } from './ingest/freshness.mjs';
import { startFlood } from './fairness/flood.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
const quietOrganizations = 3;
const eachPerSecond = Number(process.env.BENCH_QUIET ?? 20);
const times = Number(process.env.BENCH_TIMES ?? 100);
/** One queue for all is how it was before there were two. */
const platforms = { 'two queues': {}, 'one queue for all': { EVENTS_BULK_BYTES_PER_SECOND: '1000000000' } };
const parts = (process.env.BENCH_PARTS ?? Object.keys(platforms).join(',')).split(',');

/** Milliseconds for what the one sent to be stored. */
const patienceMs = 300_000;

const markedEvent = 'Behind the flood';

const write = (text) => process.stdout.write(text);
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function newWriteKey(world) {
  const admin = await world.newAdmin();
  return (await world.newSource(admin, (await world.newSite(admin)).id)).write_key;
}

async function measure(platform, table) {
  const world = new World(platform.gateway, platform.mail);
  const quiet = [];
  for (let index = 0; index < quietOrganizations; index += 1) quiet.push(await newWriteKey(world));
  const noisy = await newWriteKey(world);
  const port = platform.ports.events;
  const freshness = () => measureFreshness({ port, writeKey: quiet, table, perSecond: eachPerSecond * quietOrganizations, seconds });
  const results = { alone: [], flooded: [] };
  for (let round = 0; round < rounds; round += 1) {
    results.alone.push({ delays: await freshness() });
    const before = await table.count();
    const flood = startFlood({ port, writeKey: noisy, perSecond: eachPerSecond * times });
    const delays = await freshness();
    const { statuses, seconds: lasted } = await flood.stop();
    const accepted = statuses['202'] ?? 0;
    const stored = (await table.count()) - before - delays.length;
    results.flooded.push({ delays, sentPerSecond: accepted / lasted, backlog: Math.max(0, accepted - stored), statuses });
    await table.holds(before + accepted + delays.length, undefined, patienceMs);
  }
  return results;
}

/** The worker is held while the one fills the queue and then another sends a few; milliseconds from letting it go. */
async function measureBehind(platform, table) {
  const world = new World(platform.gateway, platform.mail);
  const [quiet, noisy] = [await newWriteKey(world), await newWriteKey(world)];
  const port = platform.ports.events;
  const before = await table.count();
  process.kill(platform.pids.events_worker, 'SIGSTOP');
  let accepted;
  try {
    const flood = startFlood({ port, writeKey: noisy, perSecond: 20_000 });
    await sleep(seconds * 1000);
    accepted = (await flood.stop()).statuses['202'] ?? 0;
    await sendOne(port, quiet);
  } finally {
    process.kill(platform.pids.events_worker, 'SIGCONT');
  }
  const startedAt = performance.now();
  const isStored = async () => (await table.rows(`SELECT 1 FROM atrium.events WHERE event_name = '${markedEvent}' LIMIT 1`)).length > 0;
  while (!(await isStored())) await sleep(20);
  const [queryable, stored] = [performance.now() - startedAt, (await table.count()) - before];
  await table.holds(before + accepted + 1, undefined, patienceMs);
  return { queryable, stored, accepted, all: performance.now() - startedAt };
}

async function sendOne(port, writeKey) {
  const headers = { 'content-type': 'application/json', 'x-write-key': writeKey };
  const { status } = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify({ event: markedEvent }) });
  if (status !== 202) throw new Error(`The marked event was answered with ${status}`);
}

function reportBehind(name, { queryable, stored, accepted, all }) {
  write(`\n${name}: an event behind ${accepted} of another organization that wait\n`);
  write(`  queryable after ${queryable.toFixed(0)} ms, when ${Math.round((100 * stored) / accepted)} % of them were stored; all stored after ${all.toFixed(0)} ms\n`);
}

function report(name, { alone, flooded }) {
  write(`\n${name}: ${quietOrganizations} organizations of ${eachPerSecond} events/s, one of ${eachPerSecond * times} events/s; ${rounds} rounds of ${seconds} s\n`);
  for (const [what, runs] of Object.entries({ alone, 'while it sends': flooded })) {
    const at = (share) => median(runs.map(({ delays }) => percentile(delays, share)));
    const most = Math.max(...runs.map(({ delays }) => delays.at(-1) ?? 0));
    write(`  queryable after, ${what.padEnd(15)} p50 ${at(0.5).toFixed(0)} ms  p95 ${at(0.95).toFixed(0)} ms  most ${most.toFixed(0)} ms\n`);
  }
  const middle = (key) => Math.round(median(flooded.map((run) => run[key])));
  write(`  the one: ${middle('sentPerSecond')} events/s accepted, ${middle('backlog')} of them not stored yet at the end; answers ${JSON.stringify(flooded.at(-1).statuses)}\n`);
}

for (const [name, environment] of Object.entries(platforms)) {
  if (!parts.includes(name)) continue;
  const platform = await startPlatform({ limitScale: 1_000_000, environment });
  const table = new EventTable(platform);
  try {
    reportBehind(name, await measureBehind(platform, table));
    report(name, await measure(platform, table));
  } finally {
    await table.close();
    await platform.stop();
    platform.removeData();
  }
}
process.exit(0);
