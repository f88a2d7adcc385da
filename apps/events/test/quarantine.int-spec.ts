import { randomUUID } from 'node:crypto';
import { eventsEndpoints } from '@atrium/contracts/events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventEraser } from '../src/erasure/event-eraser.js';
import { QuarantineRepository } from '../src/quarantine/quarantine.repository.js';
import { EventStore } from '../src/storing/event-store.js';
import { addCatalog, type Json, orderSchema } from './catalog-bench.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let worker: NestFastifyApplication;

beforeAll(async () => {
  bench = await startEventsBench();
  [api, worker] = [await bench.startApi(), await bench.startWorker()];
});
afterAll(async () => {
  await Promise.all([api?.close(), worker?.close()]);
  await bench?.stop();
});

const bad = (more: Json = {}) => ({ event: 'Order', properties: { price: 'free' }, ...more });
const loose = { ...orderSchema, properties: {} };
const replayed = eventsEndpoints.replayQuarantine.success.schema;

/** A catalog with so many events in quarantine. */
async function withQuarantined(count: number, more: (index: number) => Json = () => ({})) {
  const org = await addCatalog(bench, api);
  for (let from = 0; from < count; from += 900) await org.send(...Array.from({ length: Math.min(900, count - from) }, (_, index) => bad(more(index))));
  await org.emptied();
  const replay = async (body: Json, as: string = org.token, headers: Record<string, string> = {}) => {
    const { status, json } = await org.ask('POST', '/quarantine/replay', { body, as, headers });
    expect(status, JSON.stringify(json)).toBe(200);
    return replayed.parse(json);
  };
  return { ...org, replay };
}

describe('the list', () => {
  it('is read page by page, newest first, and by what is asked for', async () => {
    const { ask, quarantine, send, emptied, source } = await withQuarantined(5);
    await send({ event: 'Order' }, bad());
    await emptied();
    expect(await quarantine()).toHaveLength(7);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { data, next_cursor } = (await ask('GET', `/quarantine?limit=3${cursor}`)).json;
      seen.push(...data.map(({ id }: { id: string }) => id));
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(seen).toEqual((await quarantine()).map(({ id }) => id));
    expect(new Set(seen).size).toBe(7);
    const of = async (query: string) => (await quarantine(query)).length;
    const now = new Date(Date.now() + 1_000).toISOString();
    expect([await of('&event=Order'), await of('&event=Other'), await of('&code=UNKNOWN_EVENT'), await of('&code=SCHEMA_VIOLATION')]).toEqual([7, 0, 0, 7]);
    expect([await of(`&source_id=${source.id}`), await of(`&source_id=${randomUUID()}`), await of(`&to=${now}`), await of(`&from=${now}`)]).toEqual([7, 0, 7, 0]);
    const { next_cursor } = (await ask('GET', '/quarantine?limit=3')).json;
    expect((await ask('GET', `/quarantine?limit=3&event=Order&cursor=${next_cursor}`)).status).toBe(400);
  });

  it('shows each organization its own, and each site to those who see it', async () => {
    const ours = await withQuarantined(2);
    const theirs = await withQuarantined(1);
    const other = await bench.addSite(ours.orgId);
    expect(await theirs.quarantine()).toHaveLength(1);
    expect(await ours.quarantine('', ours.at(other, 'events.read'))).toEqual([]);
    expect(await ours.quarantine('', ours.at(ours.siteId, 'events.read'))).toHaveLength(2);
    expect((await ours.ask('GET', `/quarantine?site_id=${ours.siteId}`, { as: ours.at(other, 'events.read') })).status).toBe(404);
    expect((await ours.ask('GET', `/quarantine?site_id=${theirs.siteId}`)).json.data).toEqual([]);
    expect((await theirs.ask('GET', '/schema-violations')).json.data).toMatchObject([{ quarantined: 1 }]);
    expect((await ours.ask('GET', '/schema-violations', { as: ours.at(other, 'events.read') })).json.data).toEqual([]);
  });

  it('has what ClickHouse could not read, too, with what the event says of itself', async () => {
    const { orgId, siteId, quarantine, source } = await withQuarantined(0);
    const event_id = randomUUID();
    const raw = JSON.stringify({ org_id: orgId, site_id: siteId, source_id: source.id, event_id, event_name: 'Odd', properties: [1] });
    const row = { org_id: orgId, site_id: siteId, batch_id: randomUUID(), raw, reason: 'cannot parse', received_at: Date.now() };
    const store = new EventStore(bench.clickHouseAs('writer'));
    for (const place of [0, 3, 4]) await store.quarantine({ ...row, row: place });
    const found = await quarantine('&code=UNREADABLE');
    expect(found).toHaveLength(3);
    expect(new Set(found.map(({ id }) => id)).size).toBe(3);
    expect(found[0]).toMatchObject({ code: 'UNREADABLE', message: 'cannot parse', event: 'Odd', event_id, source_id: source.id, schema_version: null, raw });
  });
});

describe('a replay', () => {
  it('stores what passes now once, with its own id and time, and keeps the rest with the new reason', async () => {
    const timestamp = new Date(Date.now() - 86_400_000).toISOString();
    const event_id = randomUUID();
    const { replay, define, quarantine, count, emptied, orgId, send } = await withQuarantined(1, () => ({ event_id, timestamp }));
    await send({ event: 'Order' });
    await emptied();
    expect(await replay({ filter: {} })).toMatchObject({ replayed: 0, failed: 2, remaining: 0, next_cursor: null });
    await define(loose);
    expect(await replay({ filter: {} })).toMatchObject({ replayed: 1, failed: 1, failures: [{ path: 'properties.price', message: 'is required' }] });
    await emptied();
    const rows = await bench.clickHouse.rows({ query: `SELECT event_id, toUnixTimestamp64Milli(ts) AS ts, schema_version FROM atrium.events FINAL WHERE org_id = '${orgId}'` });
    expect(rows).toEqual([{ event_id, ts: Date.parse(timestamp), schema_version: 2 }]);
    expect(await quarantine()).toMatchObject([{ message: 'is required', schema_version: 2 }]);
    expect(await quarantine('&status=replayed')).toMatchObject([{ event_id, raw: '', message: 'must be number' }]);
    expect(await replay({ filter: {} })).toMatchObject({ replayed: 0, failed: 1 });
    await emptied();
    expect(await count('Order')).toBe(1);
  });

  it('has one effect through retries, whether cut off before it is noted or sent twice with one key', async () => {
    const { replay, define, ask, quarantine, count, emptied, orgId } = await withQuarantined(10);
    await define(loose);
    const settle = vi.spyOn(api.get(QuarantineRepository), 'settle').mockRejectedValueOnce(new Error('cut off'));
    expect((await ask('POST', '/quarantine/replay', { body: { filter: {} } })).status).toBe(500);
    settle.mockRestore();
    const ids = (await quarantine()).map(({ id }) => id);
    expect(ids).toHaveLength(10);
    const token = bench.issuer.token({ org_id: orgId, sub: randomUUID(), permissions: ['events.read', 'sources.update'] });
    const [first, second] = [await replay({ ids }, token, { 'idempotency-key': 'one' }), await replay({ ids }, token, { 'idempotency-key': 'one' })];
    expect([first.replayed, second]).toEqual([10, first]);
    await Promise.all([replay({ ids }), replay({ ids })]);
    await emptied();
    expect(await count('Order')).toBe(10);
    expect(await quarantine()).toEqual([]);
  });

  it('goes on where it ended, when there are more than one call judges', async () => {
    const { replay, define, quarantine, emptied, count } = await withQuarantined(1_100);
    const first = await replay({ filter: { event: 'Order' } });
    expect(first).toMatchObject({ replayed: 0, failed: 500, remaining: 600 });
    expect(first.failures).toHaveLength(20);
    await define(loose);
    const second = await replay({ filter: { event: 'Order' }, cursor: first.next_cursor });
    expect(second).toMatchObject({ replayed: 500, remaining: 100 });
    expect(await replay({ filter: { event: 'Order' }, cursor: second.next_cursor })).toMatchObject({ replayed: 100, remaining: 0, next_cursor: null });
    await emptied();
    expect([await count('Order'), (await quarantine()).length]).toEqual([600, 100]);
  });

  it('judges as the source judges now', async () => {
    const { replay, call, source, emptied, count } = await withQuarantined(1);
    await call('PATCH', `/events/sources/${source.id}`, { schema_mode: 'observe' });
    expect(await replay({ filter: {} })).toMatchObject({ replayed: 1, failed: 0 });
    await emptied();
    expect(await count('Order')).toBe(1);
  });

  it('reaches the sites alone where one may see events and act on sources', async () => {
    const ours = await withQuarantined(1);
    const theirs = await withQuarantined(1);
    await Promise.all([ours.define({}), theirs.define({})]);
    const [kept] = await ours.quarantine();
    const ids = [kept?.id];
    expect(await theirs.replay({ ids })).toMatchObject({ replayed: 0, failed: 0 });
    expect(await ours.replay({ ids }, ours.at(await bench.addSite(ours.orgId), 'events.read', 'sources.update'))).toMatchObject({ replayed: 0 });
    for (const body of [{ ids }, { filter: {} }]) {
      expect((await ours.ask('POST', '/quarantine/replay', { body, as: ours.at(ours.siteId, 'events.read') })).status).toBe(403);
      expect((await ours.ask('POST', '/quarantine/discard', { body, as: ours.at(ours.siteId, 'events.read') })).status).toBe(403);
    }
    expect((await theirs.ask('POST', '/quarantine/discard', { body: { ids } })).json).toMatchObject({ discarded: 0 });
    expect(await ours.quarantine()).toHaveLength(1);
    expect(await ours.replay({ ids }, ours.at(ours.siteId, 'events.read', 'sources.update'))).toMatchObject({ replayed: 1 });
  });

  const id = '0190b3f0-1111-7222-8333-444455556666';
  it.each<Json>([{}, { ids: [] }, { ids: [id], filter: {} }, { filter: { org_id: id } }, { ids: [id], cursor: 'x' }, { filter: {}, cursor: 'x' }])('of %j is refused', async (body) => {
    const { ask } = await addCatalog(bench, api);
    expect((await ask('POST', '/quarantine/replay', { body })).status).toBe(400);
  });

  it('is told to the audit log', async () => {
    const { replay, define, orgId } = await withQuarantined(2);
    await define({});
    await replay({ filter: {} });
    const query = `SELECT action, details FROM atrium.audit_log WHERE org_id = '${orgId}' AND action IN ('quarantine.replayed', 'event_schema.updated') ORDER BY action`;
    await vi.waitFor(async () => expect(await bench.clickHouse.rows({ query })).toEqual([
      { action: 'event_schema.updated', details: '{"version":2}' },
      { action: 'quarantine.replayed', details: '{"replayed":2,"failed":0}' },
    ]), { timeout: 10_000 });
  });
});

it('what is discarded is in quarantine no more, and its text is gone', async () => {
  const { ask, quarantine, replay } = await withQuarantined(3);
  const [first] = await quarantine();
  expect((await ask('POST', '/quarantine/discard', { body: { ids: [first?.id] } })).json).toEqual({ discarded: 1, remaining: 0, next_cursor: null });
  expect(await quarantine()).toHaveLength(2);
  expect(await quarantine('&status=discarded')).toMatchObject([{ id: first?.id, raw: '' }]);
  expect((await replay({ ids: [first?.id] })).replayed).toBe(0);
});

it('a person who is erased leaves the quarantine, too', async () => {
  const { quarantine, orgId, define, replay } = await withQuarantined(2, (index) => ({ user_id: `person ${index}` }));
  const eraser = new EventEraser(bench.clickHouseAs('writer'));
  await eraser.erase({ org_id: orgId, user_id: 'person 0', until: new Date() });
  const left = await quarantine();
  expect(left.map(({ raw }) => JSON.parse(raw).user_id)).toEqual(['person 1']);
  await define({});
  expect((await replay({ filter: {} })).replayed).toBe(1);
  await eraser.erase({ org_id: orgId, user_id: 'person 1', until: new Date() });
  expect(await bench.number(`SELECT count() FROM atrium.events_quarantine WHERE org_id = '${orgId}' AND raw LIKE '%person%'`)).toBe(0);
});

it('a pack for the quarantine that is delivered again does not undo what has become of its rows', async () => {
  const org = await addCatalog(bench, api);
  await worker.close();
  await org.send(bad());
  const [message] = await bench.receive();
  worker = await bench.startWorker();
  await org.emptied();
  const [kept] = await org.quarantine();
  await org.ask('POST', '/quarantine/discard', { body: { ids: [kept?.id] } });
  await bench.send(JSON.stringify({ ...JSON.parse(message?.Body ?? ''), batch_id: randomUUID() }));
  await org.emptied();
  expect(await org.quarantine()).toEqual([]);
});

it('nothing is answered 202 while the queue is away', async () => {
  const org = await addCatalog(bench, api);
  await org.send({ event: 'Order', properties: { price: 1 } });
  await bench.stopSqs();
  expect((await org.send(bad())).status).toBe(503);
  await bench.startSqsAgain();
  expect((await org.send(bad())).status).toBe(202);
});
