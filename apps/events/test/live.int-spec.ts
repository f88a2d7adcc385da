import { randomUUID } from 'node:crypto';
import { connectState } from '@atrium/platform/state';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventStore } from '../src/storing/event-store.js';
import { linesOf } from './event-lines.js';
import { type EventsBench, startEventsBench } from './events-bench.js';
import { openStream } from './sse-client.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let store: EventStore;
beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  store = new EventStore(bench.clickHouseAs('writer'));
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

const stateUrl = z.object({ url: z.string() });
const reader = (orgId: string, more: object = {}) => bench.issuer.token({ org_id: orgId, permissions: ['events.read'], ...more });
const address = async (query = '', of: NestFastifyApplication = api) => `${await of.getUrl()}/api/v1/events/live${query}`;
const storeOf = async (orgId: string, names: readonly string[], siteId: string = orgId) => {
  const events = names.map((event) => ({ event_id: randomUUID(), event, user_id: 'u', at: Date.now(), properties: { a: 1 } }));
  await store.insertLines(linesOf(orgId, events, siteId), randomUUID());
  return events;
};

describe('a stream of new events', () => {
  it("shows each once, as it is stored, and never another organization's", async () => {
    const [ours, theirs] = [randomUUID(), randomUUID()];
    await storeOf(ours, ['before']);
    const stream = await openStream(await address(), reader(ours));
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    const [first] = await storeOf(ours, ['first']);
    await storeOf(theirs, ['theirs']);
    await stream.names(1);
    await storeOf(ours, ['second']);
    expect(await stream.names(2)).toEqual(['first', 'second']);
    expect(stream.messages[0]?.data).toMatchObject({ event_id: first?.event_id, event: 'first', user_id: 'u', site_id: ours, properties: { a: 1 }, timestamp: new Date(first?.at ?? 0).toISOString() });
    stream.close();
  });

  it('is narrowed by name and by site, for people of one site to that', async () => {
    const [org, siteA, siteB] = [randomUUID(), randomUUID(), randomUUID()];
    const byName = await openStream(await address('?event=buy,pay'), reader(org));
    const bySite = await openStream(await address(`?site_id=${siteB}`), reader(org));
    const ofSite = reader(org, { permissions: [], site_permissions: { [siteA]: ['events.read'] } });
    const scoped = await openStream(await address(), ofSite);
    expect((await openStream(await address(`?site_id=${siteB}`), ofSite)).response.status).toBe(404);
    await storeOf(org, ['view', 'buy'], siteA);
    await storeOf(org, ['pay', 'look'], siteB);
    expect((await byName.names(2)).sort()).toEqual(['buy', 'pay']);
    expect((await bySite.names(2)).sort()).toEqual(['look', 'pay']);
    expect((await scoped.names(2)).sort()).toEqual(['buy', 'view']);
    for (const one of [byName, bySite, scoped]) one.close();
  });

  it('goes on where it broke, with what came meanwhile, here and after a restart', async () => {
    const org = randomUUID();
    const stream = await openStream(await address(), reader(org));
    await storeOf(org, ['seen']);
    await stream.names(1);
    stream.close();
    await storeOf(org, ['missed']);
    const again = { 'last-event-id': String(stream.messages[0]?.id) };
    const second = await openStream(await address(), reader(org), again);
    await storeOf(org, ['new']);
    expect(await second.names(2)).toEqual(['missed', 'new']);
    const other = await bench.startApi();
    const elsewhere = await openStream(await address('', other), reader(org), again);
    expect(new Set(await elsewhere.names(2))).toEqual(new Set(['missed', 'new']));
    const unknown = await openStream(await address(), reader(org), { 'last-event-id': 'made up' });
    await until('the gap is told', async () => unknown.messages.some(({ event }) => event === 'gap'));
    for (const one of [second, elsewhere, unknown]) one.close();
    await other.close();
  });

  it('shows an event whose part appears behind others, though it was stored earlier', async () => {
    const org = randomUUID();
    const stream = await openStream(await address(), reader(org));
    await storeOf(org, ['prompt']);
    await stream.names(1);
    const [late] = linesOf(org, [{ event_id: randomUUID(), event: 'late', user_id: 'u', at: Date.now(), properties: {} }]);
    const held = (late ?? '').replace('{"org_id"', `{"inserted_at":${Date.now() - 8_000},"org_id"`);
    await store.insertLines([held], randomUUID());
    expect(await stream.names(2)).toEqual(['prompt', 'late']);
    stream.close();
  });

  it('says how many it left out when there are more than it sends', async () => {
    const org = randomUUID();
    const stream = await openStream(await address(), reader(org));
    await storeOf(org, Array.from({ length: 700 }, () => 'many'));
    const dropped = await until('the notice', async () => stream.messages.find(({ event }) => event === 'dropped'));
    const sent = (await stream.names(500)).length;
    expect(sent + Number(dropped.data['count'])).toBe(700);
    stream.close();
  });

  it('ends when the token ends, and within five seconds when the session or the membership does', async () => {
    const [org, sid, sub] = [randomUUID(), randomUUID(), randomUUID()];
    const expiring = await openStream(await address(), reader(org, { exp: Math.floor(Date.now() / 1000) + 2 }));
    const ofSession = await openStream(await address(), reader(org, { sid }));
    const ofMember = await openStream(await address(), reader(org, { sub, mv: 1 }));
    const others = await openStream(await address(), reader(org));
    const state = await connectState((await bench.secrets.getJson('state', stateUrl)).url);
    const until15 = Math.floor(Date.now() / 1000) + 900;
    await state.revocations.revokeSession(sid, until15);
    await state.revocations.requireMembershipVersion(sub, org, 2, until15);
    const begun = Date.now();
    await until('they end', async () => [expiring, ofSession, ofMember].every((one) => one.isEnded()), { seconds: 5 });
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(expiring.messages.at(-1)).toMatchObject({ event: 'end', data: { reason: 'token_expired' } });
    expect([ofSession, ofMember].map(({ messages }) => messages.at(-1)?.data)).toEqual([{ reason: 'access_ended' }, { reason: 'access_ended' }]);
    expect(others.isEnded()).toBe(false);
    others.close();
    await state.close();
  });

  it('is one of twenty of an organization, and its place is free once it is closed', async () => {
    const org = randomUUID();
    const open = async () => openStream(await address(), reader(org));
    const streams = await Promise.all(Array.from({ length: 20 }, open));
    expect(streams.map(({ response }) => response.status)).toEqual(Array(20).fill(200));
    expect((await open()).response.status).toBe(429);
    streams[0]?.close();
    await until('a place is free', async () => {
      const one = await open();
      if (one.response.status === 200) streams.push(one);
      return one.response.status === 200;
    });
    for (const one of streams) one.close();
  });

  it('ends at once when the service stops', async () => {
    const other = await bench.startApi();
    const stream = await openStream(await address('', other), reader(randomUUID()));
    await other.close();
    await until('it ends', async () => stream.isEnded());
    expect(stream.messages.at(-1)).toMatchObject({ event: 'end', data: { reason: 'service_restarts' } });
  });

  it('misses nothing while ClickHouse is down', async () => {
    const org = randomUUID();
    const stream = await openStream(await address(), reader(org));
    await storeOf(org, ['before']);
    await stream.names(1);
    await bench.stopClickHouse();
    await bench.startClickHouseAgain();
    await until('it is stored', () => storeOf(org, ['after']));
    expect((await stream.names(2)).slice(0, 2)).toEqual(['before', 'after']);
    stream.close();
  });
});
