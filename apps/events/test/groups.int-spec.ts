import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PackMessage } from '../src/packs/pack-message.js';
import { EventStore } from '../src/storing/event-store.js';
import { PackLines } from '../src/storing/pack-lines.js';
import { PackStorage } from '../src/storing/pack-storage.js';
import { receivePack } from '../src/storing/received-pack.js';
import { type EventsBench, startEventsBench } from './events-bench.js';
import { packLines, sampleLine, sampleLines, sampleOrg, unreadableLine } from './sample-packs.js';

let bench: EventsBench;
let storage: PackStorage;
const running: NestFastifyApplication[] = [];

beforeAll(async () => {
  bench = await startEventsBench();
  const metrics = createMetrics('test', { processMetrics: false });
  const store = new EventStore(bench.clickHouseAs('writer'));
  storage = new PackStorage(store, new PackLines(store, metrics), createLogger({ service: 'test', level: 'silent' }), metrics);
});
afterAll(() => bench?.stop());
afterEach(async () => void (await Promise.all(running.splice(0).map((app) => app.close()))));

const startWorker = async () => void running.push(await bench.startWorker());
const emptied = () => until('an empty queue', async () => (await bench.depth()) === 0, { seconds: 60 });
const storeTogether = (packs: readonly PackMessage[]) => storage.storeTogether(packs.map((pack) => receivePack(pack, 1)));
const statuses = async (packs: readonly PackMessage[]) => (await storeTogether(packs)).map(({ status }) => status);
const rowsOf = (event: string, final = 'FINAL') => bench.number(`SELECT count() FROM atrium.events ${final} WHERE event_name = '${event}'`);
const packsOf = (event: string, ...sizes: number[]) => Promise.all(sizes.map((size) => packLines(sampleLines(event, size))));
const quarantined = (batchId: string) =>
  bench.clickHouse.rows({ query: `SELECT org_id, row, reason, path, raw FROM atrium.events_quarantine FINAL WHERE batch_id = '${batchId}' ORDER BY row` });

describe('packs that are stored together', () => {
  it('are one insert', async () => {
    const inserts = () => bench.number(`SELECT value FROM system.events WHERE event = 'InsertQuery'`);
    const packs = await packsOf(randomUUID(), 5, 2_000, 1, 300);
    const before = await inserts();
    expect(await statuses(packs)).toEqual(packs.map(() => 'fulfilled'));
    expect((await inserts()) - before).toBe(1);
  });

  it('are stored once when they come again together, in whatever order, even before any merge', async () => {
    const event = randomUUID();
    const packs = await packsOf(event, 5, 200, 1);
    for (const again of [packs, packs.toReversed(), [...packs, ...packs]]) await storeTogether(again);
    expect(await rowsOf(event, '')).toBe(206);
  });

  it('are counted once when they come again in other company', async () => {
    const event = randomUUID();
    const [a, b, c] = await packsOf(event, 10, 20, 30);
    for (const group of [[a, b], [b, c], [c, a], [b], [a, b, c]]) await storeTogether(group.flatMap((pack) => pack ?? []));
    expect(await rowsOf(event)).toBe(60);
    // What the view's FINAL is for.
    expect(await rowsOf(event, '')).toBeGreaterThan(60);
  });

  it('are counted once where two of them hold the same events, in a month that has no other part', async () => {
    const event = randomUUID();
    const lines = sampleLines(event, 20).map((line) => line.replace(/"ts":\d+/, `"ts":${Date.parse('2026-01-15T10:00:00Z')}`));
    expect(await statuses([await packLines(lines), await packLines(lines)])).toEqual(['fulfilled', 'fulfilled']);
    expect(await bench.number(`SELECT count() FROM system.parts WHERE table = 'events' AND active AND partition = '202601'`)).toBe(1);
    expect(await rowsOf(event, '')).toBe(40);
    expect(await rowsOf(event)).toBe(20);
    const alone = 'do_not_merge_across_partitions_select_final = 1';
    expect(await bench.number(`SELECT count() FROM atrium.events FINAL WHERE event_name = '${event}' SETTINGS ${alone}`)).toBe(20);
  });

  it('are one file, however many rows they have, until they are merged', async () => {
    const event = randomUUID();
    await bench.clickHouse.run({ query: 'SYSTEM STOP MERGES atrium.events' });
    const lines = sampleLines(event, 11_000).map((line) => line.replace('"properties":{}', `"properties":{"text":"${'long '.repeat(200)}"}`));
    expect(await statuses([await packLines(lines)])).toEqual(['fulfilled']);
    const parts = await bench.clickHouse.rows({ query: `SELECT part_type AS type FROM system.parts WHERE table = 'events' AND active AND rows = 11000` });
    await bench.clickHouse.run({ query: 'SYSTEM START MERGES atrium.events' });
    expect(parts).toEqual([{ type: 'Compact' }]);
  });
});

describe('a pack that cannot be stored as it is', () => {
  it('does not keep its company from being stored; only its unreadable rows are put aside, with the column', async () => {
    const event = randomUUID();
    const lines = [...sampleLines(event, 30), unreadableLine(event), ...sampleLines(event, 9), unreadableLine(event)];
    const bad = await packLines(lines);
    const packs = [...(await packsOf(event, 10, 10)), bad, ...(await packsOf(event, 10, 10, 10))];
    for (const _again of [1, 2]) expect(await statuses(packs)).toEqual(packs.map(() => 'fulfilled'));
    expect(await rowsOf(event)).toBe(50 + 39);
    const aside = (row: number) => ({ org_id: sampleOrg, row, path: 'properties', raw: lines[row]?.trimEnd(), reason: expect.not.stringContaining('(at row') });
    expect(await quarantined(bad.batch_id)).toMatchObject([aside(30), aside(40)]);
  });

  it('whose row has a column that the table lacks loses nothing silently', async () => {
    const event = randomUUID();
    const pack = await packLines([sampleLine(event), sampleLine(event).replace('"properties"', '"propertys"')]);
    expect(await statuses([pack])).toEqual(['fulfilled']);
    expect(await rowsOf(event)).toBe(1);
    expect(await quarantined(pack.batch_id)).toMatchObject([{ row: 1, reason: expect.stringContaining('propertys') }]);
  });

  it('goes to the dead letters when it does not unfold, or has a row of nobody, and the others are stored', async () => {
    const event = randomUUID();
    const [whole, cut] = await packsOf(event, 20, 2_000);
    const data = Buffer.from(cut!.data, 'base64').subarray(0, 1_000).toString('base64');
    const ofNobody = await packLines([sampleLine(event), 'hello\n', sampleLine(event)]);
    for (const pack of [whole!, { ...cut!, data }, ofNobody]) await bench.send(JSON.stringify(pack));
    await startWorker();
    await emptied();
    expect(await rowsOf(event)).toBe(22);
    const reasons = (await bench.receive(`${queues.eventsIngest.name}-dlq`)).map(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue);
    expect(reasons.toSorted()).toEqual([expect.stringMatching(/^rows 1 of pack .* no JSON/), expect.stringMatching(/do not unfold$/)]);
  });
});

describe('a pack for the quarantine', () => {
  const row = (place: number, batch_id: string, more: object = {}) =>
    `${JSON.stringify({ org_id: sampleOrg, site_id: sampleOrg, batch_id, row: place, reason: 'price must be a number', path: 'properties.price', raw: '{"event":"x"}', received_at: Date.now(), ...more })}\n`;

  it('brings its rows there, once, beside packs of events', async () => {
    const batchId = randomUUID();
    const event = randomUUID();
    const message = JSON.stringify(await packLines([0, 1, 2].map((place) => row(place, batchId)), { target: 'quarantine' }));
    const [events] = await packsOf(event, 10);
    for (const body of [message, JSON.stringify(events), message]) await bench.send(body);
    await startWorker();
    await emptied();
    expect(await rowsOf(event)).toBe(10);
    expect(await quarantined(batchId)).toMatchObject([0, 1, 2].map((place) => ({ row: place, path: 'properties.price', raw: '{"event":"x"}' })));
  });

  it('puts aside rows that cannot be read there either', async () => {
    const batchId = randomUUID();
    const pack = await packLines([row(0, batchId), row(1, batchId, { row: 'first' })], { target: 'quarantine' });
    expect(await statuses([pack])).toEqual(['fulfilled']);
    expect(await quarantined(batchId)).toHaveLength(1);
    expect(await quarantined(pack.batch_id)).toMatchObject([{ row: 1, path: 'row' }]);
  });
});

it('several workers side by side store every event once', async () => {
  const event = randomUUID();
  for (const pack of await packsOf(event, ...Array.from({ length: 60 }, (_, index) => index + 1))) await bench.send(JSON.stringify(pack));
  await Promise.all([startWorker(), startWorker(), startWorker()]);
  await emptied();
  expect(await rowsOf(event)).toBe((60 * 61) / 2);
});
