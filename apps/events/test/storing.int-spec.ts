import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { createMetrics } from '@atrium/platform/telemetry';
import { createLogger } from '@atrium/platform/logging';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ClickHouseError } from '../src/clickhouse/clickhouse-error.js';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { foldLines, type PackMessage } from '../src/packs/pack-message.js';
import { EventStore } from '../src/storing/event-store.js';
import { PackLines } from '../src/storing/pack-lines.js';
import { PackStorage } from '../src/storing/pack-storage.js';
import { receivePack } from '../src/storing/received-pack.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
const running: NestFastifyApplication[] = [];

beforeAll(async () => {
  bench = await startEventsBench();
});
afterAll(() => bench?.stop());
afterEach(async () => void (await Promise.all(running.splice(0).map((app) => app.close()))));

const startWorker = async () => void running.push(await bench.startWorker());
const within = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

const orgId = randomUUID();
const arrival = () => ({
  orgId, siteId: orgId, sourceId: orgId, receivedAt: Date.now(), ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 400,
});
const line = (name: string, properties: Record<string, unknown> = {}, daysAgo = 0) =>
  lineHead(arrival()) + lineTail({ event: name, properties, event_id: randomUUID() }, Date.now() - daysAgo * 86_400_000);
async function pack(lines: readonly string[]): Promise<PackMessage> {
  return { version: 1, batch_id: randomUUID(), codec: 'zstd', rows: lines.length, data: (await foldLines(Buffer.from(lines.join('')))).toString('base64') };
}
const named = (name: string) => bench.number(`SELECT count() FROM atrium.events WHERE event_name = '${name}'`);
const emptied = () => within(async () => expect(await bench.depth()).toBe(0));

describe('events are stored exactly once', () => {
  it('when their message is delivered again and again', async () => {
    const message = JSON.stringify(await pack(Array.from({ length: 100 }, () => line('redelivered'))));
    for (let copy = 0; copy < 5; copy++) await bench.send(message);
    await startWorker();
    await emptied();
    expect(await named('redelivered')).toBe(100);
  });

  it('when their pack spans months, which ClickHouse keeps in parts of their own', async () => {
    const made = await pack([0, 40, 80, 120].map((daysAgo) => line('spread', {}, daysAgo)));
    const store = new EventStore(bench.clickHouseAs('writer'));
    for (const _attempt of [1, 2, 3]) await store.insertFolded(Buffer.from(made.data, 'base64'), made.batch_id);
    expect(await named('spread')).toBe(4);
  });

  it('when the worker died between insert and delete', async () => {
    const made = await pack([line('cut off'), line('cut off')]);
    const store = new EventStore(bench.clickHouseAs('writer'));
    await store.insertFolded(Buffer.from(made.data, 'base64'), made.batch_id);
    await bench.send(JSON.stringify(made));
    await startWorker();
    await emptied();
    expect(await named('cut off')).toBe(2);
  });

  it('when the client sends them again in another request', async () => {
    const api = await bench.startApi();
    running.push(api);
    await startWorker();
    const org = await addOrganization(bench, api);
    const events = Array.from({ length: 20 }, () => ({ event: 'resent', event_id: randomUUID(), user_id: 'u' }));
    const send = () => api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: { batch: events } });
    for (const _attempt of [1, 2, 3]) expect((await send()).statusCode).toBe(202);
    await emptied();
    const query = `from=${new Date(Date.now() - 86_400_000).toISOString()}&to=${new Date(Date.now() + 86_400_000).toISOString()}`;
    expect((await org.call('GET', `/events/query/count?event=resent&${query}`)).json).toMatchObject({ count: 20 });
  });

  it('when ClickHouse was down meanwhile, without using up deliveries', async () => {
    await startWorker();
    await bench.stopClickHouse();
    for (let index = 0; index < 5; index++) await bench.send(JSON.stringify(await pack([line('patient')])));
    expect((await running[0]!.inject('/health/ready')).json()).toEqual({ status: 'unavailable', down: ['clickhouse'] });
    await bench.startClickHouseAgain();
    await emptied();
    expect(await named('patient')).toBe(5);
    expect(await bench.depth(`${queues.eventsIngest.name}-dlq`)).toBe(0);
  });
});

describe('a row that ClickHouse cannot read', () => {
  const bad = (name: string) => line(name).replace('"properties":{}', '"properties":[1]');

  it('goes to quarantine with its reason, once, and the others of its pack are stored once', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => (index === 17 || index === 40 ? bad('poisoned') : line('sound')));
    const message = JSON.stringify(await pack(lines));
    await bench.send(message);
    await bench.send(message);
    await startWorker();
    await emptied();
    expect(await named('sound')).toBe(48);
    expect(await named('poisoned')).toBe(0);
    const rows = await bench.clickHouse.rows({ query: 'SELECT org_id, row, reason, raw FROM atrium.events_quarantine FINAL ORDER BY row' });
    expect(rows).toMatchObject([17, 40].map((row) => ({ org_id: orgId, row, reason: expect.stringContaining('properties'), raw: lines[row]?.trimEnd() })));
  });

  it('keeps the pack on the queue while the quarantine itself is out of reach', async () => {
    const store = new EventStore(bench.clickHouseAs('writer'));
    store.quarantine = () => Promise.reject(new ClickHouseError(252, 'Too many parts'));
    const metrics = createMetrics('test', { processMetrics: false });
    const storage = new PackStorage(store, new PackLines(store, metrics), createLogger({ service: 'test', level: 'silent' }), metrics);
    await expect(storage.storeTogether([receivePack(await pack([bad('kept')]), 1)])).rejects.toThrow('Too many parts');
  });
});

it('a message that is no pack goes to the dead-letter queue with its reason, and the others flow', async () => {
  await bench.send('{"hello":1}');
  await bench.send(JSON.stringify(await pack([line('flowing')])));
  await startWorker();
  await emptied();
  expect(await named('flowing')).toBe(1);
  const [letter] = await bench.receive(`${queues.eventsIngest.name}-dlq`);
  expect(letter?.MessageAttributes?.['reason']?.StringValue).toMatch(/^not a pack of events: version /);
});

it.each<[string, Record<string, unknown>]>([
  ['two ways to one path', { 'a.b': 1, a: { b: 2 } }], ['an empty key', { '': 1 }], ['odd keys', { '.': 1, '..': 2, '`q`': 3, "'": 4, 'a b': 5 }],
  ['lists in lists', { x: [1, 'a', null, { b: [[]] }] }], ['depth 31', JSON.parse(`${'{"a":'.repeat(31)}1${'}'.repeat(31)}`)],
  ['depth 31 of lists', { a: JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`) }], ['2,000 keys', Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${index}`, index]))],
  ['dates as texts', { day: '2026-01-01', at: '2026-01-01T10:00:00Z' }], ['large numbers', { big: 2 ** 63, huge: 1e300, tiny: 5e-324 }], ['a long key', { ['k'.repeat(20_000)]: 1 }],
  ['NUL', { 'a\u0000': '\u0000' }],
])('properties with %s are stored and can be read', async (_what, properties) => {
  const store = new EventStore(bench.clickHouseAs('writer'));
  const name = randomUUID();
  await store.insertLines([line(name, properties), line(name, { other: 1 })], randomUUID());
  await bench.clickHouse.run({ query: 'OPTIMIZE TABLE atrium.events FINAL' });
  expect(await bench.clickHouse.rows({ query: `SELECT properties FROM atrium.events WHERE event_name = '${name}'` })).toHaveLength(2);
});

it('texts that look like dates stay texts', async () => {
  const store = new EventStore(bench.clickHouseAs('writer'));
  await store.insertLines([line('dated', { day: '2026-01-01' })], randomUUID());
  expect(await bench.clickHouse.rows({ query: `SELECT dynamicType(properties.day) AS type FROM atrium.events WHERE event_name = 'dated'` })).toEqual([{ type: 'String' }]);
});
