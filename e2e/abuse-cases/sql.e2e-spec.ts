import { randomUUID } from 'node:crypto';
import { eventsEndpoints, type NewAnalyst } from '@atrium/contracts/events';
import type { Site } from '@atrium/contracts/users';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, platform, world } from '../platform.js';
import { attacks, runaways } from './sql-attacks.js';

let ann: Person;
let eve: Person;
let annsSite: Site;
let tool: NewAnalyst;
const marker = `Annual ${randomUUID()}`;

async function withEvent(person: Person, event: string): Promise<Site> {
  const site = await world.newSite(person);
  const { write_key } = await world.newSource(person, site.id);
  await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': write_key }, body: { event, user_id: 'u', properties: { secret: event } } });
  await until('the event', async () => (await world.countEvents(person, event)) === 1);
  return site;
}

beforeAll(async () => {
  [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  annsSite = await withEvent(ann, marker);
  await withEvent(eve, 'Own');
  tool = (await api.call(eventsEndpoints.createAnalyst, { token: eve.token, body: { name: 'DBeaver' } })).body;
});

interface Verdict {
  readonly status: number;
  readonly text: string;
}
const doors: readonly (readonly [string, (query: string, as?: Person) => Promise<Verdict>])[] = [
  ['the API', async (query, as = eve) => {
    const headers = { authorization: `Bearer ${as.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${platform.gateway}/api/v1/events/sql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return { status: response.status, text: await response.text() };
  }],
  ["a tool's account", async (query) => {
    const headers = { authorization: `Basic ${btoa(`${tool.username}:${tool.password}`)}` };
    const response = await fetch(tool.url, { method: 'POST', headers, body: query });
    return { status: response.status, text: await response.text() };
  }],
];
const [[, ask]] = doors as [(typeof doors)[0]];
const asEve = (query: string) => query.replaceAll('ORG', ann.orgId).replaceAll('SITE', annsSite.id);
/** Of the victim, and of the server itself. What an attack says itself may come back in an error. */
const leaksIn = (text: string, query: string): string[] =>
  [marker, ann.orgId, annsSite.id, 'root:', 'Stack trace', '/store/', 'DB::Exception: reader', 'writer', 'tenant_rows'].filter((secret) => text.includes(secret) && !query.includes(secret));

describe.each(doors)('36: SQL through %s', (_name, send) => {
  it('shows its own organization, so that silence of the following means something', async () => {
    expect((await send('SELECT event_name FROM events')).text).toContain('Own');
  });

  it('shows nothing of another organization or the server, whatever it says', async () => {
    const found: unknown[] = [];
    for (const attack of attacks) {
      const query = asEve(attack);
      const { status, text } = await send(query);
      const leaks = leaksIn(text, query);
      if (leaks.length > 0 || ![200, 400, 403].includes(status)) found.push({ query, status, leaks, text: text.slice(0, 300) });
    }
    expect(found).toEqual([]);
  });

  it('changes nothing', async () => {
    const text = async (query: string) => (await ask(query, ann)).text;
    expect(await text(`SELECT count() AS n FROM events WHERE event_name = '${marker}'`)).toContain('"n":"1"');
    expect((await send('SELECT event_name FROM events')).text).toContain('Own');
  });

  it('is bounded, and others are served meanwhile', async () => {
    const unbounded: unknown[] = [];
    for (const query of runaways) {
      const begun = performance.now();
      const [{ status, text }, other] = await Promise.all([send(query), ask('SELECT count() AS n FROM events', ann)]);
      if (![200, 400, 403, 429].includes(status) || text.length > 20_000_000 || performance.now() - begun > 40_000) unbounded.push({ query: query.slice(0, 80), status, text: text.slice(0, 200) });
      expect(other.status, `while ${query.slice(0, 80)}`).toBe(200);
    }
    expect(unbounded).toEqual([]);
  }, 240_000);
});

describe('36: SQL of one organization', () => {
  it('has three turns at a time; another is served', async () => {
    const [statuses, other] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, async () => (await ask('SELECT sleep(1)')).status)),
      ask('SELECT count() AS n FROM events', ann),
    ]);
    expect(statuses.toSorted()).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    expect(other.status).toBe(200);
  });

  it('takes names and values as parameters, and none of them is a way around', async () => {
    const withParams = (query: string, params: Record<string, string>) => api.verdict(eventsEndpoints.queryBySql, { token: eve.token, body: { query, params } });
    expect(await withParams('SELECT * FROM {t:Identifier}', { t: 'atrium.events' })).toBe('400 VALIDATION_ERROR');
    expect(await withParams("SELECT {f:Identifier}('/etc/passwd')", { f: 'file' })).toBe('400 VALIDATION_ERROR');
    expect(await withParams('SELECT {x:String}', { x: "'; SELECT * FROM atrium.events --" })).toBe('200');
    expect(await withParams('SELECT 1', { 'x&log_comment': ann.orgId })).toBe('400 VALIDATION_ERROR');
    const { body } = await api.call(eventsEndpoints.queryBySql, { token: eve.token, body: { query: 'SELECT count() AS n FROM events WHERE toString(org_id) = {o:String}', params: { o: ann.orgId } } });
    expect(body.data).toEqual([{ n: '0' }]);
  });

  it('is told its organization by nothing else in the request', async () => {
    const names = { query_id: `${ann.orgId}.x`, log_comment: ann.orgId, readonly: '0', user: 'writer', database: 'atrium', quota_key: ann.orgId, session_id: 'x', role: 'x', org_id: ann.orgId };
    const headers = { 'x-org-id': ann.orgId, 'x-clickhouse-user': 'writer', 'x-clickhouse-database': 'atrium', 'x-clickhouse-query-id': `${ann.orgId}.x` };
    const ofApi = await fetch(`${platform.gateway}/api/v1/events/sql?${new URLSearchParams(names)}`, {
      method: 'POST', headers: { ...headers, authorization: `Bearer ${eve.token}`, 'content-type': 'application/json' }, body: JSON.stringify({ query: 'SELECT * FROM events' }),
    });
    const ofTool = await fetch(`${tool.url}/?${new URLSearchParams({ ...names, query: 'SELECT * FROM events' })}`, { headers: { ...headers, authorization: `Basic ${btoa(`${tool.username}:${tool.password}`)}` } });
    for (const response of [ofApi, ofTool]) {
      const text = await response.text();
      expect(text).not.toContain(marker);
      expect(response.status === 400 || text.includes('Own'), text).toBe(true);
    }
    for (const field of ['settings', 'org_id', 'database']) {
      expect(await api.verdict(eventsEndpoints.queryBySql, { token: eve.token, body: { query: 'SELECT 1', [field]: ann.orgId } })).toBe('400 VALIDATION_ERROR');
    }
  });
});
