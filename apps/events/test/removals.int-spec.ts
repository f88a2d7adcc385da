import { randomUUID } from 'node:crypto';
import type { Erasure } from '@atrium/contracts/events';
import { queues } from '@atrium/contracts';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { foldLines } from '../src/packs/pack-message.js';
import { RemovalJob } from '../src/removals/removal.job.js';
import { EventStore } from '../src/storing/event-store.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

type Organization = Awaited<ReturnType<typeof addOrganization>>;
let bench: EventsBench;
let api: NestFastifyApplication;
let worker: NestFastifyApplication;
let store: EventStore;
const day = 86_400_000;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  worker = await bench.startWorker();
  store = new EventStore(bench.clickHouseAs('writer'));
});
afterAll(async () => {
  await api?.close();
  await worker?.close();
  await bench?.stop();
});

interface Sent {
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly daysAgo?: number;
  readonly retentionDays?: number;
  readonly receivedAgo?: number;
}
function linesOf({ orgId, siteId }: Organization, events: readonly Sent[]): string[] {
  return events.map(({ daysAgo = 0, retentionDays = 1_000, receivedAgo = 60_000, ...event }) => {
    const arrival = { orgId, siteId, sourceId: siteId, receivedAt: Date.now() - receivedAgo, ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays };
    return lineHead(arrival) + lineTail({ event: 'seen', ...event, event_id: randomUUID() }, Date.now() - daysAgo * day);
  });
}
const track = (org: Organization, ...events: Sent[]) => store.insertLines(linesOf(org, events), randomUUID());
const count = (org: Organization, condition = '1', table = 'events') => bench.number(`SELECT count() FROM atrium.${table} WHERE org_id = '${org.orgId}' AND ${condition}`);
const erase = async (org: Organization, user: string) => {
  const { status, json } = await org.call('DELETE', `/events/subjects/${encodeURIComponent(user)}`);
  expect(status).toBe(202);
  return String(json.id);
};
const erasure = async (org: Organization, id: string) => (await org.call('GET', `/events/erasures/${id}`)).json as Erasure;
const completed = (org: Organization, id: string) => until('the erasure', async () => ((await erasure(org, id)).state === 'completed' ? erasure(org, id) : undefined));
const makeDue = (id: string) => bench.admin.query('update events.removals set due_at = now() where id = $1', [id]);
const runs = async (id: string) => (await bench.admin.query<{ runs: number }>('select runs from events.removals where id = $1', [id])).rows[0]?.runs;
const nextRun = async (id: string) => {
  const before = (await runs(id)) ?? 0;
  await makeDue(id);
  await api.get(RemovalJob).run();
  await until('the next run', async () => ((await runs(id)) ?? before + 1) > before);
};

describe("erasing a person's events", () => {
  it('leaves none to any reader, and nobody else’s less, whatever their id looks like', async () => {
    const [org, other] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    const user = `o'neill "\\' OR 1=1 -- ü/%2f?\t`;
    for (const one of [org, other]) {
      await track(one, { user_id: user }, { user_id: user }, { user_id: 'somebody' });
      const raw = JSON.stringify({ org_id: one.orgId, user_id: user });
      await store.quarantine({ org_id: one.orgId, site_id: one.siteId, batch_id: randomUUID(), row: 0, reason: 'r', raw, received_at: Date.now() - 1_000 });
    }
    const proof = await completed(org, await erase(org, user));
    expect(proof).toMatchObject({ state: 'completed', erased: { events: 2, quarantined: 1 } });
    expect([await count(org), await count(org, '1', 'events_quarantine')]).toEqual([1, 0]);
    expect([await count(other), await count(other, '1', 'events_quarantine')]).toEqual([3, 1]);
    expect((await other.call('GET', `/events/erasures/${proof.id}`)).status).toBe(404);
    const { rows } = await bench.admin.query(`select payload::text from events.outbox where payload->>'org_id' = $1`, [org.orgId]);
    expect(JSON.stringify(rows)).not.toContain('neill');
  });

  it('tells when the files are gone that held them', async () => {
    const org = await addOrganization(bench, api);
    await track(org, { user_id: 'u' }, { user_id: 'v' });
    const { id, completed_at } = await completed(org, await erase(org, 'u'));
    const ask = async () => {
      await api.get(RemovalJob).run();
      return (await erasure(org, id)).purged_at ?? undefined;
    };
    expect(await ask()).toBeUndefined();
    // ClickHouse keeps them for eight minutes, or as long as the table.
    for (const table of ['events', 'events_quarantine']) {
      const create = await bench.clickHouse.run({ query: `SHOW CREATE TABLE atrium.${table} FORMAT TSVRaw` });
      await bench.clickHouse.run({ query: `DROP TABLE atrium.${table} SYNC` });
      await bench.clickHouse.run({ query: create });
    }
    const purged = await until('the files to be removed', ask);
    expect(Date.parse(purged)).toBeGreaterThanOrEqual(Date.parse(completed_at ?? ''));
    expect(await bench.number(`SELECT count() FROM system.parts WHERE database = 'atrium' AND table = 'events' AND NOT active AND remove_time <= toDateTime('${(completed_at ?? '').slice(0, 19).replace('T', ' ')}')`)).toBe(0);
  });

  it('takes events along that came before the person was known, unless others used the device too', async () => {
    const org = await addOrganization(bench, api);
    await track(org, { anonymous_id: 'own' }, { anonymous_id: 'own', user_id: 'u' }, { anonymous_id: 'shared', user_id: 'u' });
    await track(org, { anonymous_id: 'shared', user_id: 'v' }, { anonymous_id: 'shared' }, { anonymous_id: 'strange' }, {});
    const proof = await completed(org, await erase(org, 'u'));
    expect(proof).toMatchObject({ erased: { events: 3 }, anonymous_ids: { erased: 1, shared: 1 } });
    expect([await count(org, `anonymous_id = 'own'`), await count(org, `anonymous_id = 'shared'`), await count(org)]).toEqual([0, 2, 4]);
    // What shows the link is gone by now, and is remembered.
    await track(org, { anonymous_id: 'own' });
    await nextRun(proof.id);
    expect(await count(org, `anonymous_id = 'own'`)).toBe(0);
  });

  it('holds for packs that come out of a queue later, or again, until none can come any more; later events stay', async () => {
    const org = await addOrganization(bench, api);
    const lines = linesOf(org, [{ user_id: 'u' }, { user_id: 'v' }]);
    const batchId = randomUUID();
    const pack = JSON.stringify({ version: 1, batch_id: batchId, codec: 'zstd', rows: 2, data: (await foldLines(Buffer.from(lines.join('')))).toString('base64') });
    await store.insertLines(lines, 'another group');
    const { id, in_force_until, requested_at } = await completed(org, await erase(org, 'u'));
    expect(await count(org)).toBe(1);
    expect(Date.parse(in_force_until) - Date.parse(requested_at)).toBeGreaterThan(28 * day);
    for (let run = 1; run <= 6; run += 1) {
      if (run === 3) {
        await bench.send(pack, queues.eventsIngest.name);
        await until('the pack to be stored again', async () => (await count(org, `user_id = 'u'`)) === run);
      } else {
        await track(org, { user_id: 'u' });
      }
      await track(org, { user_id: 'u', receivedAgo: -1_000 });
      await nextRun(id);
      expect([await count(org, `user_id = 'u'`), await count(org, `user_id = 'v'`) > 0]).toEqual([run, true]);
    }
    const { rows } = await bench.admin.query('select user_id, due_at, anonymous_ids from events.removals where id = $1', [id]);
    expect(rows).toEqual([{ user_id: null, due_at: null, anonymous_ids: [] }]);
    expect((await erasure(org, id)).erased.events).toBe(7);
  });

  it('is for whoever may, and waits while ClickHouse is away', async () => {
    const org = await addOrganization(bench, api);
    const reader = bench.issuer.token({ org_id: org.orgId, permissions: ['events.read', 'events.sql'] });
    expect((await org.call('DELETE', '/events/subjects/u', undefined, reader)).status).toBe(403);
    expect((await org.call('GET', `/events/erasures/${randomUUID()}`)).status).toBe(404);
    await track(org, { user_id: 'u' });
    await bench.stopClickHouse();
    const id = await erase(org, 'u');
    expect((await erasure(org, id)).state).toBe('pending');
    await bench.startClickHouseAgain();
    await until('the claim to be free', async () => (await bench.admin.query('update events.removals set due_at = now() where id = $1 returning id', [id])).rowCount === 1);
    await until('the erasure', async () => {
      await makeDue(id);
      return (await erasure(org, id)).state === 'completed';
    });
    expect(await count(org)).toBe(0);
  });
});

describe('retention', () => {
  const settings = async (org: Organization, days: number) => org.call('PATCH', '/events/settings', { retention_days: days });

  it('is the platform’s until the organization chooses less, and never more', async () => {
    const org = await addOrganization(bench, api);
    expect((await org.call('GET', '/events/settings')).json).toEqual({ retention_days: 1_827, max_retention_days: 1_827, updated_at: null });
    expect((await settings(org, 30)).json).toMatchObject({ retention_days: 30, max_retention_days: 1_827 });
    for (const days of [0, 1_828, 1.5, -1]) expect((await settings(org, days)).status).toBe(400);
    const reader = bench.issuer.token({ org_id: org.orgId, permissions: ['events.read'] });
    expect((await org.call('PATCH', '/events/settings', { retention_days: 3 }, reader)).status).toBe(403);
    expect((await org.call('GET', '/events/settings', undefined, reader)).json).toMatchObject({ retention_days: 30 });
    const { rows } = await bench.admin.query(`select payload->'data' as entry from events.outbox where payload->>'org_id' = $1`, [org.orgId]);
    for (const { entry } of rows) if (entry.action === 'events.settings_updated') expect(entry).toMatchObject({ before: { retention_days: 1_827 }, after: { retention_days: 30 } });
    const bounded = await bench.startApi({ EVENTS_RETENTION_DAYS: '90' });
    const ask = async (method: 'GET' | 'PATCH', payload?: object) =>
      (await bounded.inject({ method, url: '/api/v1/events/settings', headers: { authorization: `Bearer ${org.token}` }, ...(payload ? { payload } : {}) })).json();
    expect(await ask('GET')).toMatchObject({ retention_days: 30, max_retention_days: 90 });
    expect((await ask('PATCH', { retention_days: 91 })).error.details).toEqual([{ field: 'retention_days', message: 'must be 90 at most on this platform' }]);
    await bounded.close();
  });

  it('holds for new events at once, and is not asked of the database for each request', async () => {
    const org = await addOrganization(bench, api);
    await settings(org, 7);
    const send = (timestamp?: string) => api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: { event: 'e', user_id: 'u', ...(timestamp ? { timestamp } : {}) } });
    expect((await send()).statusCode).toBe(202);
    await until('the event', async () => (await count(org)) === 1);
    expect(await bench.number(`SELECT any(retention_days) FROM atrium.events WHERE org_id = '${org.orgId}'`)).toBe(7);
    expect((await send(new Date(Date.now() - 8 * day).toISOString())).json().error.details[0].field).toBe('timestamp');
    await bench.admin.query('update events.settings set retention_days = 5 where org_id = $1', [org.orgId]);
    expect((await send(new Date(Date.now() - 6 * day).toISOString())).statusCode).toBe(202);
  });

  it('when shortened deletes what is too old and gives the rest its new end; lengthened it brings nothing back', async () => {
    const [org, other] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    for (const one of [org, other]) await track(one, { daysAgo: 1 }, { daysAgo: 20 }, { daysAgo: 40 });
    await settings(org, 30);
    await until('the oldest to go', async () => (await count(org)) === 2);
    await until('the new end', async () => (await count(org, 'retention_days = 30')) === 2);
    await settings(org, 1_000);
    await until('the longer choice to be done', async () => (await bench.admin.query(`select 1 from events.removals where org_id = $1 and runs > 0`, [org.orgId])).rowCount === 1);
    expect([await count(org), await count(org, 'retention_days = 30'), await count(other)]).toEqual([2, 2, 3]);
    // Written under the older choice by another instance, or out of a queue.
    await settings(org, 10);
    await until('the next to go', async () => (await count(org)) === 1);
    await until('its run to be recorded', async () => (await bench.admin.query(`select 1 from events.removals where org_id = $1 and retention_days = 10 and runs > 0`, [org.orgId])).rowCount === 1);
    await track(org, { daysAgo: 15, receivedAgo: 0 }, { daysAgo: 2, receivedAgo: 0 });
    const { rows } = await bench.admin.query<{ id: string }>(`select id from events.removals where org_id = $1 and kind = 'retention'`, [org.orgId]);
    await nextRun(rows[0]?.id ?? '');
    expect([await count(org), await count(org, 'retention_days = 10')]).toEqual([2, 2]);
  });

  it('ends rows by ClickHouse’s own TTL, also by the end that a shorter choice gave them', async () => {
    const org = await addOrganization(bench, api);
    await track(org, { daysAgo: 3, retentionDays: 2 }, { daysAgo: 3 }, { daysAgo: 1 });
    await bench.clickHouse.run({ query: 'OPTIMIZE TABLE atrium.events FINAL' });
    expect(await count(org)).toBe(2);
    await bench.clickHouse.run({ query: `ALTER TABLE atrium.events UPDATE retention_days = 2 WHERE org_id = '${org.orgId}'`, settings: { mutations_sync: 1 } });
    await bench.clickHouse.run({ query: 'OPTIMIZE TABLE atrium.events FINAL' });
    expect(await count(org)).toBe(1);
  });
});
