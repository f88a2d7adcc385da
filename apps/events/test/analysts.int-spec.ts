import { randomUUID } from 'node:crypto';
import type { Analyst, NewAnalyst } from '@atrium/contracts/events';
import { createClient } from '@clickhouse/client';
import { findFreePort } from '@atrium/local';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

type Organization = Awaited<ReturnType<typeof addOrganization>>;
let bench: EventsBench;
let api: NestFastifyApplication;
let worker: NestFastifyApplication;
let url: string;
let ours: Organization;
let theirs: Organization;
let tool: NewAnalyst;

const make = async (org: Organization, body: object = { name: 'Grafana' }): Promise<NewAnalyst> => (await org.call('POST', '/events/analysts', body)).json;
const basic = ({ username, password }: { username: string; password: string | null }) => ({ authorization: `Basic ${btoa(`${username}:${password}`)}` });
async function ask(query: string, as: { username: string; password: string | null } = tool, parameters: Record<string, string> = {}) {
  const response = await fetch(`${url}/?${new URLSearchParams(parameters)}`, { method: 'POST', body: query, headers: basic(as) });
  return { status: response.status, text: (await response.text()).trim(), headers: response.headers };
}

beforeAll(async () => {
  bench = await startEventsBench();
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  api = await bench.startApi({ ANALYSTS_PORT: String(port), ANALYSTS_URL: 'https://events.example.com:8443' });
  worker = await bench.startWorker();
  [ours, theirs] = [await addOrganization(bench, api), await addOrganization(bench, api)];
  for (const org of [ours, theirs]) {
    const batch = [1, 2].map(() => ({ event: org === ours ? 'mine' : 'foreign', user_id: 'u' }));
    await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: { batch } });
  }
  await until('the events', async () => (await bench.number('SELECT count() FROM atrium.events')) === 4);
  tool = await make(ours);
});
afterAll(async () => {
  await api?.close();
  await worker?.close();
  await bench?.stop();
});

describe('an account for a tool', () => {
  it('is shown with its password once, and where to connect', async () => {
    expect(tool).toMatchObject({ name: 'Grafana', site_id: null, host: 'events.example.com', port: 8443, secure: true, database: 'analytics', url: 'https://events.example.com:8443' });
    expect(tool.password).toMatch(/^[\w-]{32}$/);
    const { data } = (await ours.call('GET', '/events/analysts')).json as { data: Analyst[] };
    expect(data).toEqual([expect.objectContaining({ id: tool.id, username: tool.username })]);
    expect(JSON.stringify(data)).not.toMatch(/password/);
    expect((await theirs.call('GET', '/events/analysts')).json).toEqual({ data: [] });
    const { rows } = await bench.admin.query(`select password_sha256 from events.analysts`);
    expect(JSON.stringify(rows)).not.toContain(tool.password);
  });

  it('is made, rotated and deleted by whoever may, and all of it is written down', async () => {
    const reader = bench.issuer.token({ org_id: ours.orgId, permissions: ['events.sql', 'events.read'] });
    expect((await ours.call('POST', '/events/analysts', { name: 'x' }, reader)).status).toBe(403);
    expect((await ours.call('GET', '/events/analysts', undefined, reader)).status).toBe(403);
    const made = await make(ours, { name: 'Short-lived' });
    expect((await theirs.call('POST', `/events/analysts/${made.id}/rotate`)).status).toBe(404);
    expect((await theirs.call('DELETE', `/events/analysts/${made.id}`)).status).toBe(404);
    await ours.call('POST', `/events/analysts/${made.id}/rotate`);
    expect((await ours.call('DELETE', `/events/analysts/${made.id}`)).status).toBe(204);
    expect((await ours.call('DELETE', `/events/analysts/${made.id}`)).status).toBe(404);
    const entries = await until('the entries to have left', async () => {
      const seen = new Map((await bench.receive('users-audit')).map(({ MessageId, Body }) => [MessageId, JSON.parse(Body ?? '{}').data]));
      const found = [...seen.values()].filter(({ resource }) => resource?.id === made.id);
      return found.length === 3 ? found : undefined;
    });
    expect(entries.map(({ action }) => action).toSorted()).toEqual(['analyst.created', 'analyst.deleted', 'analyst.password_rotated']);
    expect(JSON.stringify(entries)).not.toContain(made.password);
  });

  it('sees its own organization alone, or one site of it', async () => {
    expect((await ask('SELECT DISTINCT event_name, org_id FROM events')).text).toBe(`mine\t${ours.orgId}`);
    const [elsewhere, here] = [await bench.addSite(ours.orgId), ours.siteId];
    const atSite = async (site_id: string) => (await ask('SELECT count() FROM events', await make(ours, { name: 'Site', site_id }))).text;
    expect([await atSite(elsewhere), await atSite(here)]).toEqual(['0', '2']);
    expect((await ours.call('POST', '/events/analysts', { name: 'x', site_id: theirs.siteId })).status).toBeGreaterThanOrEqual(404);
  });

  it('ends at once when it is deleted or rotated, in the middle of a query too', async () => {
    const gone = await make(ours);
    const sleeping = ask('SELECT sleepEachRow(1) FROM numbers(25)', gone, { max_block_size: '1' }).then(({ status }) => status, () => 'ended');
    const runs = () => bench.number(`SELECT count() FROM system.processes WHERE Settings['log_comment'] = '${gone.username}'`);
    await until('the query to run', async () => (await runs()) === 1);
    await ours.call('DELETE', `/events/analysts/${gone.id}`);
    expect(['ended', 503]).toContain(await sleeping);
    await until('ClickHouse to have ended it', async () => (await runs()) === 0);
    expect((await ask('SELECT 1', gone)).status).toBe(401);
    const rotated = (await ours.call('POST', `/events/analysts/${tool.id}/rotate`)).json as NewAnalyst;
    expect((await ask('SELECT 1', tool)).status).toBe(401);
    tool = rotated;
    expect((await ask('SELECT 1')).text).toBe('1');
  });
});

describe('the interface', () => {
  it("is one that ClickHouse's own client speaks, as it comes", async () => {
    const client = createClient({ url, username: tool.username, password: tool.password ?? '', database: 'analytics', compression: { response: true }, clickhouse_settings: { max_threads: 4, wait_end_of_query: 1 } });
    expect((await client.ping()).success).toBe(true);
    const answer = await client.query({ query: 'SELECT event_name, count() AS n FROM events WHERE event_name = {e:String} GROUP BY 1', query_params: { e: 'mine' }, format: 'JSONEachRow' });
    expect(await answer.json()).toEqual([{ event_name: 'mine', n: expect.anything() }]);
    expect(await (await client.query({ query: "SELECT {t:String} AS t", query_params: { t: "tab\tand 'quote'\n" }, format: 'JSONEachRow' })).json()).toEqual([{ t: "tab\tand 'quote'\n" }]);
    await client.close();
  });

  it('shows tools what there is', async () => {
    expect((await ask('SHOW TABLES')).text).toBe('events');
    expect((await ask("SELECT name FROM system.tables WHERE database = 'analytics'")).text).toBe('events');
    expect((await ask("SELECT count() > 10 FROM system.columns WHERE database = 'analytics' AND table = 'events'")).text).toBe('1');
    expect((await ask('DESCRIBE TABLE events')).text).toContain('event_name');
    expect((await ask('SELECT timezone(), version() FORMAT JSONCompact')).headers.get('content-type')).toContain('json');
    expect((await ask('SELECT 1 AS a', tool, { default_format: 'JSONEachRow', session_id: 'x', query_id: 'y', database: 'default', max_execution_time: '0', log_comment: theirs.orgId })).text).toBe('{"a":1}');
  });

  it('takes credentials wherever drivers put them', async () => {
    const get = async (search: string, headers: Record<string, string> = {}) => (await fetch(`${url}/?query=SELECT+1${search}`, { headers })).status;
    expect(await get('', { 'x-clickhouse-user': tool.username, 'x-clickhouse-key': tool.password ?? '' })).toBe(200);
    expect(await get(`&user=${tool.username}&password=${encodeURIComponent(tool.password ?? '')}`)).toBe(200);
    for (const [username, password] of [['reader', 'reader-secret'], ['admin', 'admin-secret'], [tool.username, ''], [tool.username, 'x'], ['default', ''], ["' or 1=1 --", 'x'], [`analyst_${'a'.repeat(20)}`, 'x']]) {
      const refusal = await ask('SELECT 1', { username: username ?? '', password: password ?? '' });
      expect([refusal.status, refusal.headers.get('x-clickhouse-exception-code')]).toEqual([401, '516']);
    }
    expect(await get('')).toBe(401);
  });

  it.each([
    ['a setting anywhere', 'SELECT 1 SETTINGS max_execution_time = DEFAULT', 62], ["a setting of a subquery", "SELECT * FROM (SELECT * FROM events SETTINGS log_comment = 'x')", 62], ['an insert', 'INSERT INTO events (event_name) VALUES (1)', 62],
    ['a session setting', 'SET readonly = DEFAULT', 62], ['another user', 'EXECUTE AS writer SELECT 1', 62], ['another statement', 'SELECT 1; SELECT 2', 62], ['a mistake', 'SELEC 1', 62], ['the table behind the view', 'SELECT * FROM atrium.events', 497],
    ['a column that is not there', 'SELECT nonsense FROM events', 47], ['nothing', '  ', 62], ['files', "SELECT file('/etc/passwd')", 62], ['users', 'SHOW USERS', 62],
  ])('refuses %s as ClickHouse does', async (_what, query, code) => {
    const { status, text, headers } = await ask(query);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).toMatch(/^Code: \d+\. DB::Exception: /);
    expect(headers.get('x-clickhouse-exception-code')).toBe(String(code));
    expect(text).not.toMatch(/root:|reader|tenant_rows|\/tmp|127\.0|version/);
  });

  it('lets the queries of a dashboard wait for each other, and keeps another organization’s from waiting', async () => {
    const dashboard = Array.from({ length: 8 }, () => ask('SELECT sleep(0.3)'));
    const other = await ask('SELECT count() FROM events', await make(theirs));
    expect(other.text).toBe('2');
    expect((await Promise.all(dashboard)).map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  it('knows an account that was deleted elsewhere for four seconds at most, and a limit to their number', async () => {
    const gone = await make(ours);
    expect((await ask('SELECT 1', gone)).status).toBe(200);
    await bench.admin.query('delete from events.analysts where id = $1', [gone.id]);
    await until('the account to be unknown', async () => (await ask('SELECT 1', gone)).status === 401);
    const crowded = await addOrganization(bench, api);
    await bench.admin.query(`insert into events.analysts (org_id, id, name, username, password_sha256) select $1, gen_random_uuid(), 'x', 'analyst_' || substr(md5(n::text || $2), 1, 20), repeat('0', 64) from generate_series(1, 50) n`, [crowded.orgId, randomUUID()]);
    expect((await crowded.call('POST', '/events/analysts', { name: 'x' })).status).toBe(409);
  });

  it('answers as ClickHouse does while that is down', async () => {
    await bench.stopClickHouse();
    expect(await ask('SELECT 1')).toMatchObject({ status: 503, text: expect.stringMatching(/^Code: 210\./) });
    await bench.startClickHouseAgain();
    expect((await ask('SELECT 1')).status).toBe(200);
  });
});
