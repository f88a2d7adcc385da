import { randomUUID } from 'node:crypto';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import type { Site } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStream } from './event-stream.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let site: Site;
let source: Source;
let eve: Person;
let evesSite: Site;
const quarantinedName = `Kept ${randomUUID()}`;

beforeAll(async () => {
  [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  site = await world.newSite(ann);
  evesSite = await world.newSite(eve);
  source = await world.newSource(ann, site.id);
  const judging = { schema_mode: 'enforce' as const, unknown_events: 'quarantine' as const };
  const kept = (await api.call(eventsEndpoints.createSource, { token: ann.token, body: { name: 'Strict', site_id: site.id, ...judging } })).body;
  await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': kept.write_key }, body: { event: quarantinedName } });
  await api.call(eventsEndpoints.deleteSource, { token: ann.token, params: { id: kept.id } });
});

describe("a person's events in another organization", () => {
  it('stay when theirs are erased here', async () => {
    const event = `Visit ${randomUUID()}`;
    await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': source.write_key }, body: { event, user_id: 'same@example.com' } });
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    const { id } = (await api.call(eventsEndpoints.eraseSubject, { token: eve.token, params: { user_id: 'same@example.com' } })).body;
    await expect.poll(async () => (await api.call(eventsEndpoints.getErasure, { token: eve.token, params: { id } })).body, { timeout: 10_000 }).toMatchObject({ state: 'completed', erased: { events: 0 } });
    expect(await world.countEvents(ann, event)).toBe(1);
    const own = (await api.call(eventsEndpoints.eraseSubject, { token: ann.token, params: { user_id: 'same@example.com' } })).body.id;
    await expect.poll(async () => (await api.call(eventsEndpoints.getErasure, { token: ann.token, params: { id: own } })).body.state, { timeout: 10_000 }).toBe('completed');
    expect(await world.countEvents(ann, event)).toBe(0);
  });
});

describe('events of another organization', () => {
  const event = `Order ${randomUUID()}`;

  it('cannot be written by naming a site or an organization in the event', async () => {
    const headers = { 'x-write-key': source.write_key };
    const smuggled = { event, user_id: 'u', properties: {}, org_id: eve.orgId, site_id: evesSite.id };
    expect(await api.verdict(eventsEndpoints.ingestEvents, { headers, body: smuggled })).toBe('400 VALIDATION_ERROR');
    const nested = { event, user_id: 'u', properties: { org_id: eve.orgId, site_id: evesSite.id }, context: { org_id: eve.orgId } };
    await api.call(eventsEndpoints.ingestEvents, { headers, query: { site_id: evesSite.id }, body: nested } as never);
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    expect(await world.countEvents(eve, event)).toBe(0);
  });

  it('are not seen, replayed or discarded in quarantine', async () => {
    const kept = async (token: string, query: object = {}) => (await api.call(eventsEndpoints.listQuarantine, { token, query })).body.data;
    await expect.poll(async () => (await kept(ann.token)).length, { timeout: 10_000 }).toBe(1);
    const [row] = await kept(ann.token);
    const { token } = eve;
    for (const query of [{}, { event: quarantinedName }, { status: 'quarantined' }]) expect(await kept(token, query)).toEqual([]);
    expect(await api.verdict(eventsEndpoints.replayQuarantine, { token, body: { filter: { site_id: site.id } } })).toMatch(/^200$|^404/);
    const body = { ids: [row?.id ?? ''] };
    expect((await api.call(eventsEndpoints.replayQuarantine, { token, body })).body).toMatchObject({ replayed: 0, failed: 0 });
    expect((await api.call(eventsEndpoints.discardQuarantine, { token, body })).body).toMatchObject({ discarded: 0 });
    expect((await api.call(eventsEndpoints.countViolations, { token, query: {} })).body.data).toEqual([]);
    expect((await api.call(eventsEndpoints.listUncataloguedEvents, { token, query: {} })).body.data).toEqual([]);
    expect(await api.verdict(eventsEndpoints.suggestSchema, { token, query: { event } })).toBe('404 NOT_FOUND');
    expect(await kept(ann.token)).toHaveLength(1);
  });

  it('are in no answer, stream or export', async () => {
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    const query = { from: new Date(Date.now() - 86_400_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
    const token = eve.token;
    const steps = JSON.stringify([{ event }, { event }]);
    expect((await api.call(eventsEndpoints.countEvents, { token, query })).body.count).toBe(0);
    const series = await api.call(eventsEndpoints.eventTimeseries, { token, query: { ...query, by: 'event' } });
    expect([series.body.data.every(({ count }) => count === 0), series.body.series]).toEqual([true, []]);
    expect((await api.call(eventsEndpoints.eventBreakdown, { token, query: { ...query, by: 'event' } })).body.data).toEqual([]);
    expect((await api.call(eventsEndpoints.eventFunnel, { token, query: { ...query, steps } })).body.steps.map(({ users }) => users)).toEqual([0, 0]);
    expect((await api.call(eventsEndpoints.eventRetention, { token, query })).body.data.every(({ users }) => users === 0)).toBe(true);
    expect((await api.call(eventsEndpoints.exportEvents, { token, query })).body.toString()).toBe('');
    const stranger = await world.newAdmin();
    const live = await openStream(platform.gateway, stranger.token);
    const own = await world.newSource(stranger, (await world.newSite(stranger)).id);
    await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': source.write_key }, body: { event: 'of ann', user_id: 'u' } });
    await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': own.write_key }, body: { event: 'own', user_id: 'u' } });
    expect(await live.names(1)).toEqual(['own']);
    live.close();
  });

  it.each(['countEvents', 'eventTimeseries', 'eventBreakdown', 'eventFunnel', 'eventRetention', 'exportEvents'] as const)(
    'are not reached by naming their site to %s',
    async (name) => {
      const query = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', site_id: site.id, by: 'event', steps: JSON.stringify([{ event }, { event }]) };
      const asked = Object.fromEntries(Object.entries(query).filter(([key]) => key in (eventsEndpoints[name].query.shape ?? {})));
      const viewer = await world.newMember(eve, 'viewer', evesSite.id);
      expect(await api.verdict(eventsEndpoints[name], { token: viewer.token, query: asked })).toBe('404 NOT_FOUND');
    },
  );

  it('are not seen by SQL, however it asks', async () => {
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    const ask = async (query: string): Promise<number> => {
      const { body } = await api.call(eventsEndpoints.queryBySql, { token: eve.token, body: { query } });
      return Number(body.data[0]?.['n']);
    };
    expect(await ask('SELECT count() AS n FROM events')).toBe(0);
    expect(await ask(`SELECT count() AS n FROM events WHERE org_id = '${ann.orgId}'`)).toBe(0);
    expect(await ask('SELECT count() AS n FROM (SELECT a.org_id FROM events AS a CROSS JOIN events AS b)')).toBe(0);
    for (const query of [
      `SELECT count() AS n FROM events SETTINGS log_comment = '${ann.orgId}'`,
      "SELECT count() AS n FROM merge('atrium', '^events')",
      'SELECT count() AS n FROM atrium.events',
      'SELECT count() AS n FROM atrium.events_quarantine',
      'SELECT count() AS n FROM atrium.domain_events',
      "SELECT count() AS n FROM mergeTreeIndex('atrium', 'events')",
      "SELECT * FROM remote('127.0.0.1', atrium.events)",
      "SELECT * FROM file('/etc/passwd')",
      "SELECT file('/etc/passwd')",
      "SELECT * FROM url('http://127.0.0.1:1/', CSV)",
      'SELECT * FROM system.query_log',
      'SELECT 1; SELECT 2',
      'INSERT INTO events SELECT * FROM events',
      'DROP TABLE events',
    ]) {
      expect(await api.verdict(eventsEndpoints.queryBySql, { token: eve.token, body: { query } }), query).toMatch(/^400 VALIDATION_ERROR|^403 FORBIDDEN/);
    }
  });
});
