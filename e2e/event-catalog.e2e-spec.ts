import { randomUUID } from 'node:crypto';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import type { Site } from '@atrium/contracts/users';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, world } from './platform.js';

let ann: Person;
let site: Site;
let source: Source;
const schema = { type: 'object', properties: { price: { type: 'number' } }, required: ['price'] };

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
  const body = { name: 'Web', site_id: site.id, schema_mode: 'enforce' as const };
  source = (await api.call(eventsEndpoints.createSource, { token: ann.token, body })).body;
});

const send = async (event: object) =>
  (await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': source.write_key }, body: event as never })).body;
const quarantined = async (event: string, token = ann.token) =>
  (await api.call(eventsEndpoints.listQuarantine, { token, query: { event } })).body.data;

describe('the event catalog', () => {
  it('keeps out what a schema does not allow, until it is mended and replayed', async () => {
    const name = `Order? ü ${randomUUID()}`;
    const { token } = ann;
    const made = await api.call(eventsEndpoints.createSchema, { token, body: { name, schema } });
    expect(await send({ event: name, properties: { price: 1 } })).toEqual({ accepted: 1, rejected: [] });
    expect(await send({ event: name, properties: { price: '2' } })).toMatchObject({
      accepted: 0, rejected: [{ index: 0, code: 'SCHEMA_VIOLATION', message: 'properties.price must be number.' }],
    });
    const [kept] = await until('the event in quarantine', async () => {
      const found = await quarantined(name);
      return found.length === 1 ? found : undefined;
    });
    expect(kept).toMatchObject({ path: 'properties.price', schema_version: 1, source_id: source.id, site_id: site.id });
    await expect.poll(() => world.countEvents(ann, name), { timeout: 10_000 }).toBe(1);
    const mended = { ...schema, properties: { price: { type: ['number', 'string'] } } };
    const headers = { 'if-match': `"${made.body.version}"` };
    expect((await api.call(eventsEndpoints.replaceSchema, { token, params: { name }, body: { schema: mended }, headers })).body.version).toBe(2);
    const replay = () => api.call(eventsEndpoints.replayQuarantine, { token, body: { filter: { event: name } }, headers: { 'idempotency-key': name } });
    expect((await replay()).body).toMatchObject({ replayed: 1, failed: 0, remaining: 0 });
    expect((await replay()).body).toMatchObject({ replayed: 1 });
    await expect.poll(() => world.countEvents(ann, name), { timeout: 10_000 }).toBe(2);
    expect(await quarantined(name)).toEqual([]);
  });

  it('is suggested from what came in, and names what it does not know', async () => {
    const { token } = ann;
    const event = `Signup ${randomUUID()}`;
    await send({ event, properties: { plan: 'pro' } });
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    const { body } = await api.call(eventsEndpoints.suggestSchema, { token, query: { event } });
    expect(body).toMatchObject({ sample_size: 1, schema: { properties: { plan: { type: 'string' } }, required: ['plan'] } });
    const { data } = (await api.call(eventsEndpoints.listUncataloguedEvents, { token, query: {} })).body;
    expect(data).toContainEqual(expect.objectContaining({ event, count: 1 }));
  });

  it('is for those to change who may change sources everywhere', async () => {
    const siteAdmin = await world.newMember(ann, 'site_admin', site.id);
    const body = { name: 'Mine', schema };
    expect(await api.verdict(eventsEndpoints.createSchema, { token: siteAdmin.token, body })).toBe('403 FORBIDDEN');
    const viewer = await world.newMember(ann, 'viewer');
    expect(await api.verdict(eventsEndpoints.listSchemas, { token: viewer.token })).toBe('200');
    expect(await api.verdict(eventsEndpoints.replayQuarantine, { token: viewer.token, body: { filter: {} } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(eventsEndpoints.discardQuarantine, { token: viewer.token, body: { filter: {} } })).toBe('403 FORBIDDEN');
  });
});
