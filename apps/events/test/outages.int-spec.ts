import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { FaultyProxy, type Fault, pass, until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EventsBench, startEventsBench } from './events-bench.js';
import { packLines, sampleLines } from './sample-packs.js';

let bench: EventsBench;
let proxy: FaultyProxy;
const running: NestFastifyApplication[] = [];

beforeAll(async () => {
  bench = await startEventsBench();
  proxy = await FaultyProxy.start(bench.clickHouseUrl);
  bench.setClickHouseUrl(proxy.url);
});
afterAll(async () => {
  await proxy?.stop();
  await bench?.stop();
});
afterEach(async () => {
  proxy.fault = () => pass;
  await Promise.all(running.splice(0).map((app) => app.close()));
});

vi.setConfig({ testTimeout: 120_000 });

/** Long enough for a busy machine's heartbeat, where nothing is to be delivered again. */
const long = 30;
const short = 3;
async function startWorker(visibilitySeconds = long): Promise<NestFastifyApplication> {
  const app = await bench.startWorker({ EVENTS_WORKER_VISIBILITY_SECONDS: String(visibilitySeconds) });
  running.push(app);
  return app;
}

const isInsert = (url: URL, into = ''): boolean => (url.searchParams.get('query') ?? '').startsWith(`INSERT INTO ${into}`);
/** Of inserts; whatever else is asked passes. Gives the number of packs' inserts that met it: a worker writes its progress too, even before it has a pack. */
function breakInserts(fault: Fault, times = Infinity): () => number {
  let met = 0;
  proxy.fault = (url) => {
    if (!isInsert(url) || met >= times) return pass;
    if (isInsert(url, 'atrium.events ')) met++;
    return fault;
  };
  return () => met;
}

const send = async (event: string, rows = 10) => bench.send(JSON.stringify(await packLines(sampleLines(event, rows))));
const rowsOf = (event: string, final = 'FINAL') => bench.number(`SELECT count() FROM atrium.events ${final} WHERE event_name = '${event}'`);
const emptied = () => until('an empty queue', async () => (await bench.depth()) === 0, { seconds: 60 });
const deadLetters = () => bench.depth(`${queues.eventsIngest.name}-dlq`);
const waiting = async () => (await bench.receiveCounts()).length;
async function redelivered(app: NestFastifyApplication): Promise<number> {
  const text = (await app.inject('/metrics')).body;
  return Number(/^events_redelivered_total\S* (\d+)/m.exec(text)?.[1] ?? 0);
}

const answer = (code: number, body: string, status = 500): Fault => ({ kind: 'answer', status, body, headers: { 'x-clickhouse-exception-code': String(code) } });
const outages: [string, Fault][] = [
  ['its disk is full', answer(243, 'Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)')],
  ['a write to its disk fails', answer(75, 'Code: 75. DB::ErrnoException: Cannot write to file: errno: 28, No space left on device. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)')],
  ['its table is read-only', answer(242, 'Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)')],
  ['it has too many parts', answer(252, 'Code: 252. DB::Exception: Too many parts. Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)')],
  ['it has too many queries', answer(202, 'Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)')],
  ['it has no memory left', answer(241, 'Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)')],
  ['a load balancer has no target', { kind: 'answer', status: 503, body: '<html>503 Service Unavailable</html>' }],
  ['somebody in between says yes', { kind: 'answer', status: 200, body: 'Welcome' }],
  ['nobody answers', { kind: 'refuse' }],
];

describe('while ClickHouse takes no rows', () => {
  it.each(outages)('because %s, packs are kept, and stored when it does, each delivered once', async (_why, fault) => {
    const event = randomUUID();
    const met = breakInserts(fault);
    const worker = await startWorker();
    await send(event);
    await until('some tries', async () => met() >= 3);
    await send(event);
    await send(event);
    proxy.fault = () => pass;
    await emptied();
    expect(await rowsOf(event)).toBe(30);
    expect([await redelivered(worker), await deadLetters()]).toEqual([0, 0]);
  });

  it('for longer than the visibility timeout, each pack is delivered once', async () => {
    const event = randomUUID();
    breakInserts({ kind: 'refuse' });
    const visibilitySeconds = 9;
    const worker = await startWorker(visibilitySeconds);
    for (let index = 0; index < 5; index++) await send(event);
    await new Promise((resolve) => setTimeout(resolve, visibilitySeconds * 1_500));
    proxy.fault = () => pass;
    await emptied();
    expect(await rowsOf(event)).toBe(50);
    expect([await redelivered(worker), await deadLetters()]).toEqual([0, 0]);
  });

  it('and the queue was away too, so that packs came to another worker, each is counted once', async () => {
    const event = randomUUID();
    const met = breakInserts({ kind: 'refuse' });
    await startWorker(short);
    for (let index = 0; index < 5; index++) await send(event);
    await until('the packs to be at hand', async () => met() > 0 && (await waiting()) === 0);
    await bench.stopSqs();
    await new Promise((resolve) => setTimeout(resolve, (short + 1) * 1_000));
    await bench.startSqsAgain();
    const other = await startWorker(short);
    await until('a redelivery', async () => (await waiting()) === 0);
    proxy.fault = () => pass;
    await emptied();
    expect(await rowsOf(event)).toBe(50);
    expect(await redelivered(other)).toBeGreaterThan(0);
    expect(await deadLetters()).toBe(0);
  });

  it('a worker that starts does not touch the queue', async () => {
    const event = randomUUID();
    proxy.fault = () => ({ kind: 'refuse' });
    await send(event);
    const apps = [await startWorker(), await startWorker()];
    await until('both to ask in vain', async () => (await Promise.all(apps.map((app) => app.inject('/health/ready')))).every(({ statusCode }) => statusCode === 503));
    expect(await bench.receiveCounts()).toEqual([0]);
    proxy.fault = () => pass;
    await emptied();
    expect(await rowsOf(event)).toBe(10);
  });

  it('a worker that is asked to stop gives its packs back at once', async () => {
    const event = randomUUID();
    const met = breakInserts({ kind: 'refuse' });
    const worker = await startWorker();
    await send(event);
    await until('a try', async () => met() > 0);
    await worker.close();
    expect(await waiting()).toBe(1);
    proxy.fault = () => pass;
    await startWorker();
    await emptied();
    expect(await rowsOf(event)).toBe(10);
  });
});

describe('when the answer of an insert is lost', () => {
  it('the same packs are sent again under the same token, and stored once even before any merge', async () => {
    const event = randomUUID();
    for (let index = 0; index < 8; index++) await send(event, 50);
    const met = breakInserts({ kind: 'lose' }, 4);
    await startWorker();
    await emptied();
    expect(met()).toBe(4);
    expect(await rowsOf(event, '')).toBe(400);
  });

  it('and the worker stops meanwhile, what another stores again is counted once', async () => {
    const event = randomUUID();
    for (let index = 0; index < 8; index++) await send(event, 50);
    const met = breakInserts({ kind: 'lose', afterMs: 300 });
    const worker = await startWorker();
    await until('an insert', async () => met() > 0);
    await worker.close();
    expect(await waiting()).toBeGreaterThan(0);
    proxy.fault = () => pass;
    await startWorker();
    await emptied();
    expect(await rowsOf(event)).toBe(400);
  });
});

it('a worker that is asked to stop finishes the insert at hand and deletes its packs', async () => {
  const event = randomUUID();
  const met = breakInserts({ kind: 'delay', afterMs: 500 });
  const worker = await startWorker();
  await send(event);
  await until('the insert', async () => met() > 0);
  await worker.close();
  expect(await bench.depth()).toBe(0);
  expect(await rowsOf(event)).toBe(10);
});
