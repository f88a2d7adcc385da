import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

type Organization = Awaited<ReturnType<typeof addOrganization>>;
let bench: EventsBench;
let api: NestFastifyApplication;
let worker: NestFastifyApplication;
let ours: Organization;
let theirs: Organization;
const now = Date.now();
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

async function send(org: Organization, events: object[]): Promise<void> {
  const response = await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: { batch: events } });
  expect(response.json()).toEqual({ accepted: events.length, rejected: [] });
}

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  worker = await bench.startWorker();
  ours = await addOrganization(bench, api);
  theirs = await addOrganization(bench, api);
  await send(ours, Array.from({ length: 30 }, (_, index) => ({ event: index % 3 ? 'view' : 'buy', user_id: `u${index}`, timestamp: at(now - index * 3_600_000), properties: { plan: 'ours', n: index } })));
  await send(theirs, Array.from({ length: 7 }, () => ({ event: 'view', user_id: 'them', properties: { plan: 'theirs-secret' } })));
  await vi.waitFor(async () => expect(await bench.number('SELECT count() FROM atrium.events')).toBe(37), { timeout: 20_000, interval: 50 });
});
afterAll(async () => {
  await api?.close();
  await worker?.close();
  await bench?.stop();
});

const span = `from=${encodeURIComponent(at(now - 40 * 3_600_000))}&to=${encodeURIComponent(at(now + 60_000))}`;
const sql = async (query: string, params?: object, org = ours) => org.call('POST', '/events/sql', { query, ...(params ? { params } : {}) });

describe('count and time series', () => {
  it('count the own events in the window, to be narrowed by name', async () => {
    expect((await ours.call('GET', `/events/query/count?${span}`)).json).toMatchObject({ count: 30 });
    expect((await ours.call('GET', `/events/query/count?${span}&event=buy`)).json).toMatchObject({ count: 10 });
    expect((await theirs.call('GET', `/events/query/count?${span}`)).json).toMatchObject({ count: 7 });
    const narrow = `from=${at(now - 2 * 3_600_000)}&to=${at(now - 3_600_000 + 1)}`;
    expect((await ours.call('GET', `/events/query/count?${narrow}`)).json).toMatchObject({ count: 2 });
  });

  it('show people of one site that site alone', async () => {
    const second = await bench.addSite(ours.orgId);
    const source = (await ours.call('POST', '/events/sources', { name: 'second', site_id: second })).json;
    const reader = bench.issuer.token({ org_id: ours.orgId, site_permissions: { [second]: ['events.read', 'sources.read'] } });
    const get = (path: string) => ours.call('GET', path, undefined, reader);
    expect((await get(`/events/query/count?${span}`)).json).toMatchObject({ count: 0 });
    expect((await get(`/events/query/count?${span}&site_id=${second}`)).json).toMatchObject({ count: 0 });
    expect((await get(`/events/query/count?${span}&site_id=${ours.siteId}`)).status).toBe(404);
    expect((await get('/events/sources')).json.data.map(({ id }: { id: string }) => id)).toEqual([source.id]);
    expect((await get('/events/stats')).status).toBe(403);
    expect((await ours.call('POST', '/events/sql', { query: 'SELECT 1' }, reader)).status).toBe(403);
    expect((await ours.call('GET', `/events/query/count?${span}&site_id=${theirs.siteId}`)).json).toMatchObject({ count: 0 });
  });

  it('fill empty intervals with zeros, in the time zone asked for', async () => {
    const hours = (await ours.call('GET', `/events/query/timeseries?${span}&interval=hour`)).json;
    expect(hours.data.length).toBeGreaterThanOrEqual(40);
    expect(hours.data.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(30);
    const dst = 'from=2026-10-24T00:00:00Z&to=2026-10-27T00:00:00Z&tz=Europe/Berlin';
    const days = (await ours.call('GET', `/events/query/timeseries?${dst}&interval=day`)).json;
    expect(days.data.map(({ time }: { time: string }) => time)).toEqual(['2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', '2026-10-26T23:00:00.000Z']);
    const months = (await ours.call('GET', '/events/query/timeseries?from=2026-01-15T00:00:00Z&to=2026-04-01T00:00:00Z&interval=month&tz=Asia/Calcutta')).json;
    expect(months.data.map(({ time }: { time: string }) => time)).toEqual(['2025-12-31T18:30:00.000Z', '2026-01-31T18:30:00.000Z', '2026-02-28T18:30:00.000Z', '2026-03-31T18:30:00.000Z']);
    const weeks = (await ours.call('GET', '/events/query/timeseries?from=2026-11-18T00:00:00Z&to=2026-11-30T00:00:00Z&interval=week')).json;
    expect(weeks.data.map(({ time }: { time: string }) => time)).toEqual(['2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z']);
  });

  it('refuse windows that are inverted, of too many intervals, or in no time zone', async () => {
    const status = async (query: string) => (await ours.call('GET', `/events/query/timeseries?${query}`)).status;
    expect(await status('from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z&interval=minute')).toBe(400);
    expect(await status('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).toBe(400);
    expect(await status(`from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&tz=${encodeURIComponent("UTC') or 1")}`)).toBe(400);
    expect(await status('from=2020-01-01T00:00:00Z&to=2026-12-01T00:00:00Z&interval=day')).toBe(200);
  });

  it('stats tell what is stored and how the pipeline does', async () => {
    const { json } = await ours.call('GET', '/events/stats');
    expect(json).toMatchObject({ stored: 30, backlog: 0 });
    expect(json.lag_seconds).toBeLessThan(5);
    const empty = await addOrganization(bench, api);
    expect((await empty.call('GET', '/events/stats')).json).toMatchObject({ stored: 0, lag_seconds: null });
  });
});

describe('SQL', () => {
  it('answers with columns and rows, and takes parameters', async () => {
    const answer = await sql('SELECT event_name, count() AS c FROM events WHERE properties.plan = {plan:String} GROUP BY event_name ORDER BY c DESC', { plan: 'ours' });
    expect(answer).toMatchObject({ status: 200, json: { columns: [{ name: 'event_name', type: 'LowCardinality(String)' }, { name: 'c', type: 'UInt64' }], data: [{ event_name: 'view', c: '20' }, { event_name: 'buy', c: '10' }], rows: 2 } });
    expect((await sql("SELECT {t:String} AS t, {b:Bool} AS b, {n:UInt8} AS n", { t: "tab\tand 'quote' \\ \n", b: true, n: 7 })).json.data).toEqual([{ t: "tab\tand 'quote' \\ \n", b: true, n: 7 }]);
    expect((await sql('SELECT 18446744073709551615 AS large')).json.data).toEqual([{ large: '18446744073709551615' }]);
    expect((await sql("SELECT properties.file AS a, 'file' AS b FROM events LIMIT 1")).status).toBe(200);
    expect((await sql('WITH e AS (SELECT * FROM events) SELECT count() AS c FROM e')).json.data).toEqual([{ c: '30' }]);
  });

  it.each([
    ['a plain select', 'SELECT org_id FROM events'], ['its database named', 'SELECT org_id FROM analytics.events'],
    ['a join', 'SELECT r.org_id AS org_id FROM events l JOIN events r ON l.event_name = r.event_name'], ['a subquery', 'SELECT org_id FROM (SELECT * FROM events)'],
    ['a union', 'SELECT org_id FROM events UNION ALL SELECT org_id FROM events'], ['merge()', "SELECT org_id FROM merge('analytics', '.*')"],
    ['merge() over all', "SELECT org_id FROM merge(REGEXP('.*'), 'events')"], ['view()', 'SELECT org_id FROM view(SELECT * FROM events)'],
    ['a condition that is always true', "SELECT org_id FROM events WHERE 1 OR org_id != ''"], ['a comment', 'SELECT org_id FROM events -- WHERE 0'],
    ['another condition on it', "SELECT org_id FROM events WHERE getSetting('log_comment') != ''"],
  ])('sees its own rows alone through %s', async (_way, query) => {
    const { status, json } = await sql(query);
    expect(status, JSON.stringify(json)).toBe(200);
    expect(new Set(json.data.map((row: { org_id: string }) => row.org_id))).toEqual(new Set([ours.orgId]));
  });

  it.each([
    ['SELECT * FROM atrium.events'], ['SELECT * FROM atrium.audit_log'], ['SELECT * FROM atrium.events_quarantine'], ["SELECT * FROM mergeTreeIndex('atrium', 'events')"], ["SELECT * FROM mergeTreeIndex(atrium, events, with_marks = true)"],
    ["SELECT * FROM remote('127.0.0.1', atrium.events)"], ["SELECT * FROM remote('127.0.0.1', 'atrium', 'events', 'writer', 'writer-secret')"], ["SELECT * FROM cluster('default', atrium.events)"],
    ["SELECT * FROM url('http://127.0.0.1:1/', LineAsString)"], ["SELECT * FROM s3('http://127.0.0.1:1/b/k', 'CSV', 'a String')"], ["SELECT * FROM numbers(1) WHERE dictGet('d', 'a', 1)"], ["SELECT * FROM dictionary('d')"],
    ["SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')"], ["SELECT * FROM executable('x', 'TSV', 'a String')"], ['SELECT * FROM system.processes'], ['SELECT * FROM system.query_log'], ['SELECT * FROM system.users'], ['SELECT * FROM system.row_policies'],
    ["SELECT * FROM file('/etc/passwd', LineAsString)"], ["SELECT file('/etc/passwd')"], ["SELECT `file`('/etc/passwd')"], [`SELECT "fi\\x6ce"('/etc/passwd')`], ["SELECT file /* x */ ('/etc/passwd')"], ["SELECT arrayMap(file, ['/etc/passwd'])"], ["SELECT * APPLY file FROM (SELECT '/etc/passwd')"],
    ["SELECT event_name FROM events SETTINGS log_comment = ''"], ['SELECT 1 SETTINGS max_execution_time = 0'], ['SET readonly = 0'], ['SELECT 1; SELECT 2'], ['SELECT 1; DROP TABLE events'], ['DROP VIEW events'], ['INSERT INTO events (event_name) VALUES (1)'], ['CREATE TABLE t (a Int8) ENGINE = Memory'],
    ['EXPLAIN SELECT * FROM events'], ['DESCRIBE TABLE events'], ['SHOW TABLES'], ['EXISTS TABLE atrium.events'], ['CHECK TABLE atrium.events'], ['KILL QUERY WHERE 1'], ['SYSTEM FLUSH LOGS'], ['USE atrium'], ["SELECT 1 INTO OUTFILE '/tmp/x'"], ['SELECT 1 FORMAT CSV'], ['SELECT nonsense'], ['SELEC 1'], ['   '],
  ])('refuses %s with a clean message', async (query) => {
    const { status, json } = await sql(query);
    expect(status, JSON.stringify(json)).toBe(400);
    expect(json.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'query' }] });
    expect(JSON.stringify(json)).not.toMatch(/root:|DB::|version|\/tmp|theirs-secret|writer-secret|tenant_rows|26\.7|Stack/);
  });

  it('refuses the name file in a parameter', async () => {
    expect((await sql("SELECT {f:Identifier}('/etc/passwd')", { f: 'file' })).status).toBe(400);
    expect((await sql("SELECT * APPLY {f:Identifier} FROM (SELECT '/etc/passwd')", { f: '`file`' })).status).toBe(400);
    expect((await sql("SELECT * FROM {t:Identifier}", { t: 'atrium.events' })).status).toBe(400);
  });

  it.each([
    ['an endless sum', 'SELECT sum(number) FROM numbers(100000000000)'], ['a cross join', 'SELECT count() FROM numbers(1000000) a, numbers(1000000) b WHERE sipHash64(a.number, b.number) = 1'],
    ['a heap of memory', 'SELECT groupArray(number) FROM numbers(190000000)'], ['sleeping', 'SELECT sleepEachRow(3) FROM numbers(100) SETTINGS x = 1'], ['too many rows', 'SELECT number FROM numbers(10001)'],
    ['a large answer', "SELECT repeat('x', 10000000) FROM numbers(10)"],
  ])('is bounded: %s', async (_what, query) => {
    const started = performance.now();
    const { status, json } = await sql(query);
    expect(status, JSON.stringify(json)).toBe(400);
    expect(performance.now() - started).toBeLessThan(14_000);
  });

  it('answers 10,000 rows, and no more than three queries of an organization at a time', async () => {
    expect((await sql('SELECT number FROM numbers(10000)')).json.rows).toBe(10_000);
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await sql('SELECT sleep(0.3)')).status));
    expect(statuses.toSorted()).toEqual([200, 200, 200, 429, 429, 429]);
    expect((await sql('SELECT 1')).status).toBe(200);
  });

  it('shows nothing of another organization whatever the token names', async () => {
    const nobody = bench.issuer.token({ org_id: randomUUID(), permissions: ['events.sql'] });
    expect((await ours.call('POST', '/events/sql', { query: 'SELECT count() AS c FROM events' }, nobody)).json.data).toEqual([{ c: '0' }]);
  });
});

it('a query while ClickHouse is down answers 503, and works again afterwards', async () => {
  await bench.stopClickHouse();
  for (const answer of [await ours.call('GET', `/events/query/count?${span}`), await sql('SELECT 1'), await ours.call('GET', '/events/stats')]) {
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'UPSTREAM_UNAVAILABLE' } } });
  }
  await bench.startClickHouseAgain();
  expect((await ours.call('GET', `/events/query/count?${span}`)).json).toMatchObject({ count: 30 });
});
