import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/storing/event-store.js';
import { linesOf } from './event-lines.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let store: EventStore;
const [ours, theirs, large] = [randomUUID(), randomUUID(), randomUUID()];
const at = Date.UTC(2026, 4, 5, 6, 7, 8, 9);

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  store = new EventStore(bench.clickHouseAs('writer'));
  const events = Array.from({ length: 30 }, (_, index) => ({ event_id: randomUUID(), event: index % 3 ? 'view' : '=HYPERLINK("x")', user_id: `-u${index}`, at: at + index, properties: { plan: index % 2 ? 'pro' : 'free', deep: { n: index } } }));
  // Copies must not be exported.
  await store.insertLines(linesOf(ours, events), randomUUID());
  await store.insertLines(linesOf(ours, events), randomUUID());
  await store.insertLines(linesOf(theirs, events.map((event) => ({ ...event, user_id: 'theirs' }))), randomUUID());
  await bench.clickHouse.run({
    query: `INSERT INTO atrium.events (org_id, site_id, event_id, event_name, user_id, ts, received_at, properties, context, retention_days)
      SELECT {org:UUID}, {org:UUID}, generateUUIDv4(number), 'view', 'u', fromUnixTimestamp64Milli({at:Int64} + number), now64(3), concat('{"text":"', repeat('x', 400), toString(number), '"}'), '{}', 400 FROM numbers(200000)`,
    parameters: { org: large, at },
    settings: { max_insert_block_size: 50_000, max_threads: 1 },
  });
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

const token = (orgId: string, more: object = {}) => bench.issuer.token({ org_id: orgId, permissions: ['events.read'], ...more });
const span = 'from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z';
const open = async (query: string, as: string, signal?: AbortSignal) =>
  fetch(`${await api.getUrl()}/api/v1/events/export?${span}&${query}`, { headers: { authorization: `Bearer ${as}` }, ...(signal ? { signal } : {}) });
const exportsNow = () => bench.number(`SELECT count() FROM system.processes WHERE query LIKE 'SELECT toString(event_id)%'`);

describe('an export', () => {
  it('holds every event of the organization once, as lines of JSON', async () => {
    const response = await open('format=ndjson', token(ours));
    expect([response.status, response.headers.get('content-type'), response.headers.get('content-disposition')]).toEqual([200, 'application/x-ndjson', 'attachment; filename="events.ndjson"']);
    const rows = (await response.text()).trim().split('\n').map((line) => JSON.parse(line));
    expect(rows).toHaveLength(30);
    expect(new Set(rows.map(({ user_id }: { user_id: string }) => user_id)).size).toBe(30);
    expect(rows.find(({ user_id }: { user_id: string }) => user_id === '-u7')).toMatchObject({ event: 'view', timestamp: new Date(at + 7).toISOString(), properties: { plan: 'pro', deep: { n: 7 } }, site_id: ours });
  });

  it('is narrowed by name, filter and site, for people of one site to that', async () => {
    const filter = encodeURIComponent(JSON.stringify([{ property: 'plan', op: 'eq', value: 'pro' }]));
    expect((await (await open(`event=view&filter=${filter}`, token(ours))).text()).trim().split('\n')).toHaveLength(10);
    const site = randomUUID();
    const scoped = token(ours, { permissions: [], site_permissions: { [site]: ['events.read'] } });
    expect(await (await open('format=ndjson', scoped)).text()).toBe('');
    expect((await open(`site_id=${ours}`, scoped)).status).toBe(404);
  });

  it('as CSV has a quote in front of what a spreadsheet would run', async () => {
    const response = await open('format=csv', token(ours));
    const [head, ...lines] = (await response.text()).trim().split('\n');
    expect(head?.split(',').slice(0, 6)).toEqual(['"event_id"', '"site_id"', '"source_id"', '"type"', '"event"', '"user_id"']);
    expect(lines).toHaveLength(30);
    expect(lines.filter((line) => line.includes(`"'=HYPERLINK(""x"")"`))).toHaveLength(10);
    expect(lines.every((line) => line.includes(`"'-u`))).toBe(true);
  });

  it('may be Parquet, and compressed', async () => {
    const parquet = Buffer.from(await (await open('format=parquet', token(ours))).arrayBuffer());
    expect([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    const zipped = await open('format=ndjson&compression=gzip', token(ours));
    expect(zipped.headers.get('content-disposition')).toBe('attachment; filename="events.ndjson.gz"');
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString().trim().split('\n')).toHaveLength(30);
  });

  it('of many rows is whole, and waits for a client that takes its time', async () => {
    const response = await open('format=ndjson', token(large));
    const [reader, decoder] = [response.body?.getReader(), new TextDecoder()];
    await reader?.read();
    expect(await exportsNow()).toBe(1);
    let lines = 0;
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) lines += decoder.decode(piece.value, { stream: true }).split('\n').length - 1;
    expect(lines).toBeGreaterThan(199_000);
    await until('the query has ended', async () => (await exportsNow()) === 0);
  });

  it('is cancelled in ClickHouse when the client leaves, and only two run at a time', async () => {
    const controller = new AbortController();
    const running = await Promise.all([1, 2].map(() => open('format=csv', token(large), controller.signal)));
    await Promise.all(running.map(({ body }) => body?.getReader().read()));
    expect((await open('format=csv', token(large))).status).toBe(429);
    expect((await open('format=csv', token(ours))).status).toBe(200);
    controller.abort();
    await until('ClickHouse has given up', async () => (await exportsNow()) === 0);
    const again = await until('there is room again', async () => {
      const response = await open('format=csv&event=none', token(large));
      await response.text();
      return response.status === 200;
    });
    expect(again).toBe(true);
  });

  it('that fails in its midst ends in a broken connection, without a word of the database', async () => {
    const response = await open('format=ndjson', token(large));
    const reader = response.body?.getReader();
    await reader?.read();
    let text = '';
    const rest = async () => {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) text += Buffer.from(piece.value).toString().slice(-2_000);
    };
    await bench.clickHouse.run({ query: `KILL QUERY WHERE query LIKE 'SELECT toString(event_id)%' ASYNC` });
    await expect(rest()).rejects.toThrow();
    expect(text).not.toMatch(/exception|DB::/i);
  });
});
