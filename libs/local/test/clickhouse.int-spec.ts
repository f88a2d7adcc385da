import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organizationRowFilter, startClickHouse, untrustedQueryLimits, type ClickHouseUsers, type RunningClickHouse } from '../src/clickhouse/index.js';
import { locateEngine } from '../src/clickhouse/engine-library.js';
import { findFreePort } from '../src/ports.js';
import { within } from '../src/process-exit.js';

const orgA = '00000000-0000-4000-8000-00000000000a';
const orgB = '00000000-0000-4000-8000-00000000000b';
const users: ClickHouseUsers = {
  admin: { password: 'admin-secret' },
  writer: { password: 'writer-secret', grants: ['GRANT SELECT, INSERT ON atrium.*'] },
  tenant_rows: { password: null, grants: ['GRANT SELECT ON atrium.*'], rowPolicies: [{ database: 'atrium', table: 'events', filter: organizationRowFilter }] },
  reader: {
    password: 'reader-secret',
    grants: ['GRANT SELECT ON analytics.*', 'GRANT SELECT ON atrium.direct'],
    rowPolicies: [{ database: 'atrium', table: 'direct', filter: organizationRowFilter }],
    settings: untrustedQueryLimits,
  },
};
let root: string;
let dataDir: string;
let server: RunningClickHouse;

async function ask(user: string, sql: string, parameters: Record<string, string> = {}): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${user}:${users[user]?.password ?? ''}`).toString('base64')}`;
  const response = await fetch(`${server.url}/?${new URLSearchParams(parameters)}`, { method: 'POST', body: sql, headers: { authorization } });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text);
  return text;
}
const readAs = (org: string, sql: string, more: Record<string, string> = {}): Promise<string> =>
  ask('reader', sql, { database: 'analytics', query_id: `${org}.${randomUUID()}`, readonly: '1', ...more });
const start = async (): Promise<RunningClickHouse> => (server = await startClickHouse({ dataDir, port: await findFreePort(), users }));
const lines = (text: string): string[] => [...new Set(text.split('\n'))];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'atrium-clickhouse-'));
  dataDir = join(root, 'data');
  await start();
  await ask('admin', 'CREATE DATABASE atrium');
  await ask('admin', 'CREATE DATABASE analytics');
  for (const table of ['events', 'direct']) {
    await ask('admin', `CREATE TABLE atrium.${table} (org_id UUID, site_id UUID DEFAULT org_id, id UInt64, properties JSON(max_dynamic_paths=64), received_at DateTime64(3) DEFAULT now64(3))
      ENGINE = ReplacingMergeTree(received_at) ORDER BY (org_id, id) SETTINGS non_replicated_deduplication_window = 1000`);
    await ask('writer', `INSERT INTO atrium.${table} (org_id, id, properties) FORMAT JSONEachRow ${JSON.stringify({ org_id: orgA, id: 1, properties: { plan: 'a' } })}
      ${JSON.stringify({ org_id: orgB, id: 1, properties: { plan: 'b' } })}`);
  }
  await ask('admin', 'CREATE VIEW analytics.events DEFINER = tenant_rows SQL SECURITY DEFINER AS SELECT * FROM atrium.events');
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a reader of one organization', () => {
  it.each([
    ['a plain select', 'SELECT org_id FROM events'],
    ['a join', 'SELECT r.org_id FROM events l JOIN events r ON l.id = r.id'],
    ['a subquery', 'SELECT org_id FROM (SELECT * FROM events)'],
    ['a union', 'SELECT org_id FROM events UNION ALL SELECT org_id FROM events'],
    ['a common table expression', 'WITH e AS (SELECT * FROM events) SELECT org_id FROM e'],
    ['view()', 'SELECT org_id FROM view(SELECT * FROM events)'],
    ['merge() over the view', `SELECT org_id FROM merge('analytics', '.*')`],
    ['merge() over every database', `SELECT org_id FROM merge(REGEXP('.*'), 'events|direct')`],
    ['a table with a row policy of its own', 'SELECT org_id FROM atrium.direct'],
    ['FINAL', 'SELECT org_id FROM atrium.direct FINAL'],
    ['a condition that fails on foreign rows', `SELECT org_id FROM events WHERE NOT throwIf(org_id = '${orgB}')`],
    ['PREWHERE', `SELECT org_id FROM atrium.direct PREWHERE id = 1 OR org_id = '${orgB}'`],
  ])('sees its own rows alone through %s', async (_way, sql) => {
    expect(lines(await readAs(orgA, sql))).toEqual([orgA]);
    if (!sql.includes('throwIf')) expect(lines(await readAs(orgB, sql))).toEqual([orgB]);
  });

  it.each([
    ['a setting of a subquery, which ClickHouse checks against nothing', `SELECT org_id FROM (SELECT * FROM events SETTINGS log_comment = '${orgB}', readonly = 0)`],
    ['a setting of view()', `SELECT org_id FROM view(SELECT * FROM events SETTINGS log_comment = '${orgB}')`],
    ['an answer that is kept for the same question', `SELECT org_id FROM (SELECT * FROM events SETTINGS use_query_cache = 1, query_cache_nondeterministic_function_handling = 'save')`],
  ])('sees its own rows alone through %s', async (_way, sql) => {
    expect(lines(await readAs(orgA, sql))).toEqual([orgA]);
    expect(lines(await readAs(orgB, sql.replaceAll(orgB, orgA)))).toEqual([orgB]);
  });

  it('sees one site alone where the service names one', async () => {
    const site = (id: string) => readAs(orgA, 'SELECT count() FROM events', { query_id: `${orgA}/${id}.1${randomUUID()}` });
    expect([await site(orgA), await site(orgB), await site('nonsense')]).toEqual(['1', '0', '0']);
  });

  it('sees nothing when the service names no organization', async () => {
    expect(await ask('reader', 'SELECT count() FROM analytics.events', { readonly: '1' })).toBe('0');
    expect(await readAs('not a uuid', 'SELECT count() FROM events')).toBe('0');
  });

  it.each([
    [`SELECT org_id FROM events SETTINGS log_comment = '${orgB}'`, /Cannot modify 'log_comment' setting in readonly mode/],
    ['SELECT 1 SETTINGS readonly = 0', /Cannot modify 'readonly' setting in readonly mode/],
    ['SELECT 1 SETTINGS max_execution_time = 0', /readonly mode/],
    [`SET log_comment = '${orgB}'`, /readonly mode/],
    ['SELECT 1; SELECT 2', /Multi-statements are not allowed/],
    ['SELECT * FROM atrium.events', /Not enough privileges/],
    [`SELECT * FROM mergeTreeIndex('atrium', 'events')`, /Not enough privileges/],
    [`SELECT * FROM mergeTreeAnalyzeIndexes('atrium', 'events')`, /Not enough privileges/],
    [`INSERT INTO analytics.events (id) VALUES (1)`, /readonly mode|Not enough privileges/],
    ['CREATE TABLE analytics.t (a Int8) ENGINE = Memory', /readonly mode|Not enough privileges/],
    ['DROP VIEW analytics.events', /readonly mode|Not enough privileges/],
    [`SELECT * FROM file('/etc/passwd', LineAsString)`, /Not enough privileges/],
    [`SELECT * FROM url('http://127.0.0.1:1/', LineAsString)`, /Not enough privileges/],
    ["SELECT * FROM remote('127.0.0.1', atrium.events)", /Not enough privileges/],
    [`SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'k', 's', 'CSV', 'a String')`, /Not enough privileges/],
    [`SELECT * FROM executable('id', 'TSV', 'a String')`, /Not enough privileges|readonly/],
    [`SELECT * FROM filesystem('/')`, /Not enough privileges/],
    ["SELECT * FROM dictionary('d')", /Not enough privileges/],
    [`SELECT dictGet('d', 'a', 1)`, /not found|Not enough privileges/],
    [`SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')`, /Not enough privileges/],
    [`SELECT 1 INTO OUTFILE '/tmp/atrium-outfile'`, /INTO OUTFILE is not allowed|Syntax error|not allowed|readonly/i],
    ['SYSTEM STOP LISTEN HTTP', /Not enough privileges|readonly/],
    ['KILL QUERY WHERE 1', /Not enough privileges|readonly/],
    ...['processes', 'query_log', 'parts', 'query_cache', 'part_log', 'text_log', 'users', 'row_policies', 'grants', 'metrics', 'asynchronous_inserts', 'errors', 'dropped_tables', 'mutations'].map(
      (table): [string, RegExp] => [`SELECT * FROM system.${table}`, /Not enough privileges|Unknown table|does not exist/],
    ),
  ])('is refused %s', async (sql, reason) => {
    await expect(readAs(orgA, sql)).rejects.toThrow(reason);
  });

  it('finds only its own database in the lists of tables, columns and databases', async () => {
    expect(lines(await readAs(orgA, `SELECT DISTINCT database || '.' || name FROM system.tables WHERE database NOT IN ('system') ORDER BY 1`))).toEqual(['analytics.events', 'atrium.direct']);
    expect(await readAs(orgA, `SELECT count() FROM system.columns WHERE database = 'atrium' AND table = 'events'`)).toBe('0');
  });

  it('may pass query parameters, and the order of the request settings does not matter', async () => {
    expect(await readAs(orgA, 'SELECT count() FROM events WHERE properties.plan = {plan:String}', { param_plan: 'a' })).toBe('1');
    expect(await ask('reader', 'SELECT count() FROM analytics.events', { readonly: '1', query_id: `${orgA}.${randomUUID()}` })).toBe('1');
  });

  it('is stopped at the limits of its profile', async () => {
    await expect(readAs(orgA, 'SELECT sum(number) FROM numbers(1000000000)')).rejects.toThrow(/TOO_MANY_ROWS|Limit for rows/);
    await expect(readAs(orgA, 'SELECT groupArray(number) FROM numbers(190000000)')).rejects.toThrow(/memory limit exceeded/i);
    await expect(readAs(orgA, 'SELECT number FROM numbers(200000)')).rejects.toThrow(/TOO_MANY_ROWS_OR_BYTES|Limit for result/);
  });
});

describe('the embedded ClickHouse', () => {
  it('outlives queries that together fill all of its memory', async () => {
    const end = performance.now() + 7_000;
    const fill = async (numbers: number): Promise<void> => {
      while (performance.now() < end) {
        const refusal = readAs(orgA, `SELECT sum(x) FROM (SELECT arrayJoin(range(${numbers})) AS x)`).catch(String);
        expect(await refusal).toMatch(/^\d+$|MEMORY_LIMIT_EXCEEDED/);
      }
    };
    await Promise.all([30, 31, 32, 33, 34, 35].map((millions) => fill(millions * 1_000_000)));
    expect(await readAs(orgA, 'SELECT 1')).toBe('1');
  });

  it('knows no user without a password but its own, as whom nobody is let in', async () => {
    const post = async (path: string, headers: Record<string, string> = {}) => (await fetch(`${server.url}${path}`, { method: 'POST', body: `SELECT file('/etc/hostname')`, headers })).status;
    const basic = (credentials: string) => ({ authorization: `Basic ${Buffer.from(credentials).toString('base64')}` });
    expect(await post('/')).toBe(404);
    expect(await post('/?user=default')).toBe(404);
    expect(await post('/?user=admin&user=default')).toBe(404);
    expect(await post('/', basic('default:'))).toBe(404);
    expect(await post('/', { 'x-clickhouse-user': 'default' })).toBe(404);
    expect(await post('/?user=default', { 'x-clickhouse-user': 'admin' })).toBeGreaterThanOrEqual(400);
    expect(await post('/', basic('tenant_rows:'))).toBeGreaterThanOrEqual(400);
    expect(await post('/', { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': 'admin-secret' })).toBe(200);
  });

  it('lets its own user, taken on by a parameter, read no table and change nothing', async () => {
    const asDefault = async (sql: string) => (await fetch(`${server.url}/?user=default`, { method: 'POST', body: sql, headers: { authorization: `Basic ${btoa('admin:')}` } })).text();
    for (const sql of ['SELECT * FROM atrium.events', 'CREATE DATABASE x', 'SYSTEM STOP LISTEN HTTP', 'SELECT number FROM system.numbers LIMIT 1']) {
      expect(await asDefault(sql)).toMatch(/Quota for user `default` .*has been exceeded|Not enough privileges/);
    }
  });

  it('refuses a foreign Host, as a web page has that points its name here, and takes the official client', async () => {
    const credentials = Buffer.from('admin:admin-secret').toString('base64');
    const rebound = request(`${server.url}/?query=SELECT+1`, { headers: { host: 'evil.example', authorization: `Basic ${credentials}` } }).end();
    const [response] = (await once(rebound, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
    const client = createClient({ url: server.url, username: 'admin', password: 'admin-secret' });
    await client.command({ query: 'CREATE TABLE atrium.official (a UInt8) ENGINE = MergeTree ORDER BY a' });
    await client.insert({ table: 'atrium.official', values: [{ a: 1 }], format: 'JSONEachRow' });
    expect(await (await client.query({ query: 'SELECT a FROM atrium.official WHERE a = {a:UInt8}', query_params: { a: 1 }, format: 'JSONEachRow' })).json()).toEqual([{ a: 1 }]);
    expect((await client.ping()).success).toBe(true);
    await client.close();
  });

  it('gives a writer no more than inserting and selecting', async () => {
    await expect(ask('writer', 'DROP TABLE atrium.events')).rejects.toThrow(/Not enough privileges/);
  });

  it('inserts a batch once, however often its token comes', async () => {
    const rows = `INSERT INTO atrium.direct (org_id, id) VALUES ('${orgA}', 7)`;
    for (const _attempt of [1, 2, 3]) await ask('writer', rows, { insert_deduplication_token: 'batch-7', async_insert: '0' });
    expect(await ask('admin', 'SELECT count() FROM atrium.direct WHERE id = 7')).toBe('1');
  });

  // The engine does not guard this function; the formatted query is what a caller can search for its name.
  it('names the unguarded file() in the formatted query, however it is written', async () => {
    for (const sql of [`SELECT "fi\\x6ce"('/x')`, `SELECT * APPLY file FROM (SELECT '/x')`, `SELECT * APPLY(x -> file(x)) FROM (SELECT '/x')`, `SELECT arrayMap(file, ['/x'])`, `SELECT file /* */ ('/x')`]) {
      const escaped = sql.replaceAll('\\', '\\\\');
      expect(await ask('admin', 'SELECT formatQuerySingleLine({q:String}) FORMAT TSVRaw', { param_q: escaped })).toMatch(/(?<![.\w])file(?!\w)/);
    }
  });

  it('keeps JSON properties as typed subcolumns', async () => {
    expect(await ask('admin', `SELECT properties.plan FROM atrium.events WHERE org_id = '${orgB}'`)).toBe('b');
  });

  it('has every acknowledged row after kill -9 during inserts', async () => {
    await ask('admin', 'CREATE TABLE atrium.killed (id UInt64) ENGINE = MergeTree ORDER BY id');
    let acknowledged = 0;
    const inserting = (async () => {
      for (let batch = 0; ; batch += 1) {
        await ask('writer', `INSERT INTO atrium.killed SELECT number + ${batch * 1000} FROM numbers(1000)`);
        acknowledged += 1000;
      }
    })().catch(() => undefined);
    expect(await within(10_000, () => acknowledged >= 10_000)).toBe(true);
    process.kill(server.pid, 'SIGKILL');
    await Promise.all([inserting, server.exited]);
    await start();
    expect(Number(await ask('admin', `SELECT uniqExact(id) FROM atrium.killed WHERE id < ${acknowledged}`))).toBe(acknowledged);
    expect(await readAs(orgA, 'SELECT org_id FROM events')).toBe(orgA);
  });

  it('refuses a second start on the same data folder and goes on serving', async () => {
    await expect(startClickHouse({ dataDir, port: await findFreePort(), users })).rejects.toThrow(/already runs on .* stop that one first/);
    expect(await ask('admin', 'SELECT 1')).toBe('1');
  });

  it('says which port is in use, which package is missing and what is wrong with the folder', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startClickHouse({ dataDir: join(root, 'other'), port, users })).rejects.toThrow(`Port ${port} for ClickHouse is in use`);
    blocker.close();
    writeFileSync(join(root, 'file'), '');
    await expect(startClickHouse({ dataDir: join(root, 'file'), port: 1, users })).rejects.toThrow(/is not a folder/);
    expect(() => locateEngine('win32', 'x64')).toThrow(/no npm package for win32-x64/);
    expect(() => locateEngine('darwin', process.platform === 'darwin' && process.arch === 'x64' ? 'arm64' : 'x64')).toThrow(/is not installed: run npm install/);
  });

  it('ends when the process that started it is killed', async () => {
    const engine = join(import.meta.dirname, '../src/clickhouse/engine-process.ts');
    const code = `const child = require('node:child_process').fork(${JSON.stringify(engine)}, { execArgv: [], detached: true });
      child.once('spawn', () => console.log(child.pid)); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    const alive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(alive()).toBe(true);
    parent.kill('SIGKILL');
    expect(await within(5_000, () => !alive())).toBe(true);
  });
});
