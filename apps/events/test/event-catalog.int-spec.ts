import { schemaLimits } from '@atrium/contracts/events';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCatalog, type Json, orderSchema } from './catalog-bench.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

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

describe('the catalog', () => {
  it('keeps a version for each change, and hands out the one that stands with its ETag', async () => {
    const { ask, define } = await addCatalog(bench, api);
    expect(await ask('GET', '/schemas/Order')).toMatchObject({ status: 200, etag: '"1"', json: { version: 1, schema: orderSchema } });
    expect((await ask('POST', '/schemas', { body: { name: 'Order', schema: {} } })).status).toBe(409);
    expect((await ask('PUT', '/schemas/Order', { body: { schema: {} } })).status).toBe(428);
    expect((await ask('PUT', '/schemas/Order', { body: { schema: {} }, headers: { 'if-match': '"9"' } })).status).toBe(412);
    expect(await define({ type: 'object' })).toMatchObject({ status: 200, etag: '"2"', json: { versions: [{ version: 2, schema: { type: 'object' } }, { version: 1, schema: orderSchema }] } });
    expect((await ask('DELETE', '/schemas/Order')).status).toBe(204);
    expect((await ask('GET', '/schemas/Order')).status).toBe(404);
    expect((await ask('DELETE', '/schemas/Order')).status).toBe(404);
    expect(await define(orderSchema)).toMatchObject({ status: 201, json: { version: 3 } });
    for (let version = 4; version <= schemaLimits.versions + 3; version += 1) await define({ description: String(version) });
    const { versions } = (await ask('GET', '/schemas/Order')).json;
    expect(versions.map(({ version }: { version: number }) => version)).toEqual(Array.from({ length: schemaLimits.versions }, (_, index) => schemaLimits.versions + 3 - index));
  });

  it('holds so much and no more, and the same request twice makes one schema', async () => {
    const { ask } = await addCatalog(bench, api);
    const create = (name: string, key: string) => ask('POST', '/schemas', { body: { name, schema: { description: 'x'.repeat(32_000) } }, headers: { 'idempotency-key': key } });
    const fitting = Math.floor(schemaLimits.organizationBytes / 32_100);
    for (let index = 0; index < fitting; index += 1) expect((await create(`s${index}`, `k${index}`)).status).toBe(201);
    expect(await create('s0', 'k0')).toMatchObject({ status: 201, json: { name: 's0', version: 1 } });
    expect((await create('one more', 'k')).status).toBe(409);
    expect((await ask('PUT', '/schemas/Order', { body: { schema: { description: 'x'.repeat(32_000) } }, headers: { 'if-match': '"1"' } })).status).toBe(409);
    expect((await ask('GET', '/schemas/Order')).json.version).toBe(1);
  });

  it('names events by whatever a path can hold', async () => {
    const { ask, define } = await addCatalog(bench, api);
    for (const name of ['a.b c?&#', '..x', 'ü💥', 'suggestions', 'x'.repeat(256)]) {
      expect((await define({}, name)).status, name).toBe(201);
      expect((await ask('GET', `/schemas/${encodeURIComponent(name)}`)).json, name).toMatchObject({ name });
    }
    expect((await ask('GET', '/schemas')).json.data).toHaveLength(6);
    for (const name of ['a/b', '..', 'a\\b', '%2F', '']) expect((await ask('POST', '/schemas', { body: { name, schema: {} } })).status, name).toBe(400);
  });

  it('refuses a schema with the path of its fault, and one that costs too much', async () => {
    const { ask, token } = await addCatalog(bench, api);
    const refused = async (schema: Json) => (await ask('POST', '/schemas', { body: { name: 'Bad', schema } })).json.error;
    expect(await refused({ properties: { a: { type: 'text' } } })).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'schema.properties.a.type' }] });
    expect(await refused({ properties: { a: { $ref: 'http://127.0.0.1:9/x' } } })).toMatchObject({ details: [{ field: 'schema.properties.a.$ref' }] });
    expect(await refused({ description: 'x'.repeat(40_000) })).toMatchObject({ details: [{ field: 'schema' }] });
    for (const [open, close] of [['{"not":', '}'], ['{"default":[', ']}']] as const) {
      const payload = `{"name":"Bad","schema":${open.repeat(5_000)}{}${close.repeat(5_000)}}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await api.inject({ method: 'POST', url: '/api/v1/events/schemas', headers, payload });
      expect(answer.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'schema' }] });
    }
  });

  it('is changed by whoever may change sources everywhere, and read by whoever reads events', async () => {
    const { ask, at, siteId } = await addCatalog(bench, api);
    const body = { name: 'New', schema: {} };
    expect((await ask('POST', '/schemas', { body, as: at(siteId, 'events.read', 'sources.update') })).status).toBe(403);
    expect((await ask('DELETE', '/schemas/Order', { as: at(siteId, 'events.read', 'sources.update') })).status).toBe(403);
    expect((await ask('GET', '/schemas/Order', { as: at(siteId, 'events.read') })).status).toBe(200);
    const other = await addOrganization(bench, api);
    expect((await ask('GET', '/schemas/Order', { as: other.token })).status).toBe(404);
    expect((await ask('GET', '/schemas', { as: other.token })).json).toEqual({ data: [] });
  });
});

describe('a source', () => {
  it('that enforces keeps out what the schema does not allow, and says why', async () => {
    const { send, quarantine, count, emptied, source, siteId } = await addCatalog(bench, api);
    const answer = await send({ event: 'Order', properties: { price: 1 } }, { event: 'Order', properties: { price: '1' } }, { event: 'Other' }, { event: 'Order' });
    expect(answer).toEqual({
      status: 202,
      json: {
        accepted: 2,
        rejected: [
          { index: 1, code: 'SCHEMA_VIOLATION', message: 'properties.price must be number.' },
          { index: 3, code: 'SCHEMA_VIOLATION', message: 'properties.price is required.' },
        ],
      },
    });
    await emptied();
    expect([await count('Order'), await count('Other')]).toEqual([1, 1]);
    const kept = await quarantine();
    expect(kept.map(({ message }) => message).toSorted()).toEqual(['is required', 'must be number']);
    expect(kept[0]).toMatchObject({ code: 'SCHEMA_VIOLATION', path: 'properties.price', event: 'Order', schema_version: 1, source_id: source.id, site_id: siteId, status: 'quarantined' });
    expect(JSON.parse(kept[0]?.raw ?? '')).toMatchObject({ event_name: 'Order', event_id: kept[0]?.event_id });
  });

  it('that enforces answers 202 to a single event too, since it is not lost', async () => {
    const { send, quarantine, emptied } = await addCatalog(bench, api);
    expect(await send({ event: 'Order' })).toMatchObject({ status: 202, json: { accepted: 0, rejected: [{ index: 0, code: 'SCHEMA_VIOLATION' }] } });
    await emptied();
    expect(await quarantine()).toHaveLength(1);
  });

  it('that enforces may keep out what the catalog does not know', async () => {
    const { send, quarantine, count, emptied } = await addCatalog(bench, api, { schema_mode: 'enforce', unknown_events: 'quarantine' });
    expect((await send({ event: 'Other' }, { event: 'a\ud800' }, { event: 'Order', properties: { price: 1 } })).json).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'UNKNOWN_EVENT', message: 'event is not in the catalog.' }, { index: 1 }] });
    await emptied();
    expect((await quarantine()).map(({ event }) => event).toSorted()).toEqual(['Other', 'a\ufffd']);
    expect([await count('Other'), await count('Order')]).toEqual([0, 1]);
  });

  it('that observes stores everything, counts violations and lists them', async () => {
    const { send, quarantine, count, emptied, ask } = await addCatalog(bench, api, { schema_mode: 'observe' });
    const bad = { event: 'Order', properties: { price: -1 } };
    expect((await send(bad, bad, { event: 'Order', properties: { price: 1 } })).json).toEqual({ accepted: 3, rejected: [] });
    await emptied();
    expect(await count('Order')).toBe(3);
    expect(await quarantine()).toEqual([]);
    const observed = await quarantine('&status=observed');
    expect(observed).toMatchObject([{ message: 'must be >= 0', raw: '' }, { message: 'must be >= 0', raw: '' }]);
    expect(await bench.number(`SELECT count() FROM atrium.events WHERE event_id IN (${observed.map(({ event_id }) => `'${event_id}'`).join()})`)).toBe(2);
    expect((await ask('GET', '/schema-violations')).json.data).toMatchObject([{ event: 'Order', path: 'properties.price', message: 'must be >= 0', observed: 2, quarantined: 0, schema_version: 1 }]);
  });

  it('that is off, as it is made, judges nothing', async () => {
    const { send, count, emptied } = await addCatalog(bench, api, { schema_mode: 'off' });
    expect((await send({ event: 'Order' })).json).toEqual({ accepted: 1, rejected: [] });
    await emptied();
    expect(await count('Order')).toBe(1);
    const { source } = await addOrganization(bench, api);
    expect(source).toMatchObject({ schema_mode: 'off', unknown_events: 'allow' });
  });

  it('notes the version that an event was judged by, where analysts see it', async () => {
    const { send, define, emptied, call, token } = await addCatalog(bench, api);
    await send({ event: 'Order', properties: { price: 1 } });
    await define({ ...orderSchema, description: 'two' });
    await send({ event: 'Order', properties: { price: 1 } }, { event: 'Other' });
    await emptied();
    const { json } = await call('POST', '/events/sql', { query: 'SELECT event_name, schema_version FROM events ORDER BY schema_version' }, token);
    expect(json.data).toEqual([{ event_name: 'Other', schema_version: 0 }, { event_name: 'Order', schema_version: 1 }, { event_name: 'Order', schema_version: 2 }]);
  });

  it('judges by a change that another instance made, within seconds', async () => {
    const { define, writeKey } = await addCatalog(bench, api);
    const second = await bench.startApi();
    const send = async () => (await second.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': writeKey }, payload: { event: 'Order' } })).json().accepted;
    expect(await send()).toBe(0);
    await define({});
    const begun = Date.now();
    await until('the second instance to know', async () => (await send()) === 1 || undefined);
    expect(Date.now() - begun).toBeLessThan(8_000);
    await second.close();
  });
});

it('an event is stored if it satisfies its schema and in quarantine if not: never both, never neither', async () => {
  const { send, quarantine, count, emptied, ask, orgId } = await addCatalog(bench, api);
  const price = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ maxLength: 3 }), fc.constant(undefined), fc.constant(null));
  const event = fc.record({ event_id: fc.uuid(), properties: fc.record({ price, currency: fc.constantFrom('EUR', 'USD', 'GBP', undefined) }) });
  const batches = fc.array(fc.uniqueArray(event, { minLength: 2, maxLength: 40, selector: ({ event_id }) => event_id }), { minLength: 3, maxLength: 3 });
  const sound = ({ properties: { price: paid, currency } }: { properties: { price?: unknown; currency?: string | undefined } }) =>
    typeof paid === 'number' && paid >= 0 && (currency === undefined || currency !== 'GBP');
  const [sample] = fc.sample(batches, 1);
  const events = (sample ?? []).flat();
  for (const batch of sample ?? []) await send(...batch.map((one) => ({ event: 'Order', ...one })));
  await emptied();
  const wanted = (good: boolean) => [...new Set(events.filter((one) => sound(one) === good).map(({ event_id }) => event_id))].toSorted();
  const kept: string[] = [];
  for (let query = ''; ; ) {
    const { data, next_cursor } = (await ask('GET', `/quarantine?limit=100${query}`)).json;
    kept.push(...data.map(({ event_id }: { event_id: string }) => event_id));
    if (next_cursor === null) break;
    query = `&cursor=${next_cursor}`;
  }
  const rows = await bench.clickHouse.rows({ query: `SELECT DISTINCT event_id AS id FROM atrium.events WHERE org_id = '${orgId}'` });
  expect(rows.map((row) => (row as { id: string }).id).toSorted()).toEqual(wanted(true));
  expect(kept.toSorted()).toEqual(wanted(false));
  expect(await count('Order')).toBe(wanted(true).length);
  expect((await quarantine()).length).toBeGreaterThan(0);
});

describe('a suggestion', () => {
  it('is a schema that the stored events satisfy, with the size of its sample', async () => {
    const { send, ask, emptied, at, siteId } = await addCatalog(bench, api, { schema_mode: 'off' });
    const events = Array.from({ length: 30 }, (_, index) => ({ event: 'Signup', properties: { plan: ['free', 'pro'][index % 2], age: index, ...(index % 3 ? { ref: `r${index}` } : {}) } }));
    await send(...events);
    await emptied();
    const { json } = await ask('GET', '/schema-suggestions?event=Signup', { as: at(siteId, 'events.read') });
    expect(json).toMatchObject({
      event: 'Signup', sample_size: 30, seen: 30,
      schema: { type: 'object', required: ['age', 'plan'], properties: { plan: { type: 'string', enum: ['free', 'pro'] }, age: { type: 'integer' }, ref: { type: 'string' } } },
    });
    expect((await ask('POST', '/schemas', { body: { name: 'Signup', schema: json.schema } })).status).toBe(201);
    expect((await ask('GET', '/schema-suggestions?event=Nothing')).status).toBe(404);
    expect((await ask('GET', '/schema-suggestions?event=Signup', { as: at(await bench.addSite((await addOrganization(bench, api)).orgId), 'events.read') })).status).toBe(404);
  });

  it('names the events that came without being in the catalog', async () => {
    const { send, ask, emptied } = await addCatalog(bench, api, { schema_mode: 'off' });
    await send({ event: 'Order' }, { event: 'b' }, { event: 'a' }, { event: 'a' });
    await emptied();
    expect((await ask('GET', '/schema-suggestions/names')).json.data).toMatchObject([{ event: 'a', count: 2 }, { event: 'b', count: 1 }]);
  });
});
