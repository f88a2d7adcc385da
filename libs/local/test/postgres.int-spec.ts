import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { locatePostgres } from '../src/postgres/binaries.js';
import { openCluster } from '../src/postgres/cluster.js';
import { postmasterCommand, readPostmasterFile } from '../src/postgres/postmaster.js';
import { startPostgres, type RunningPostgres } from '../src/postgres/index.js';
import { findFreePort } from '../src/ports.js';
import { within } from '../src/process-exit.js';

const superuserPassword = 'p@ss/word';
let root: string;
let dataDir: string;
let running: RunningPostgres | undefined;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'atrium-postgres-'));
  dataDir = join(root, 'data');
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const start = async (): Promise<RunningPostgres> => (running = await startPostgres({ dataDir, port: await findFreePort(), superuserPassword }));

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('is version 18 in UTF-8 and UTC with commits made durable, below a folder that only its owner may enter', async () => {
    const { url } = await start();
    const [row] = await query(url, `select current_setting('server_version') version, current_setting('server_encoding') encoding,
      current_setting('timezone') timezone, current_setting('fsync') fsync, current_setting('synchronous_commit') commit, lower('ÄÖ') lowered`);
    expect(row).toEqual({ version: expect.stringMatching(/^18\./), encoding: 'UTF8', timezone: 'UTC', fsync: 'on', commit: 'on', lowered: 'äö' });
  });

  it('finds its data again after a stop that takes less than three seconds', async () => {
    const first = await start();
    await query(first.url, 'create table if not exists kept (n int)');
    await query(first.url, 'insert into kept values (1)');
    const idle = new pg.Client({ connectionString: first.url });
    idle.on('error', () => undefined);
    await idle.connect();
    const begun = performance.now();
    await first.stop();
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(await query((await start()).url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it('recovers when the server was killed, with every acknowledged row', async () => {
    const first = await start();
    await query(first.url, 'create table acknowledged as select generate_series(1, 1000) n');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    expect(await query((await start()).url, 'select count(*)::int n from acknowledged')).toEqual([{ n: 1000 }]);
  });

  it('stops the orphan that a killed supervisor left and starts anew', async () => {
    await (await start()).stop();
    const binaries = await locatePostgres();
    const cluster = openCluster(dataDir, binaries, superuserPassword);
    const { command, args, identity } = postmasterCommand(cluster, binaries.postgres, await findFreePort());
    spawn('sh', ['-c', '"$@" >/dev/null 2>&1 &', 'sh', command, ...args], { ...identity, stdio: 'ignore' });
    expect(await within(10_000, () => readPostmasterFile(cluster.folder)?.ready === true)).toBe(true);
    const orphan = readPostmasterFile(cluster.folder)?.pid ?? 0;
    const { url, pid } = await start();
    expect(pid).not.toBe(orphan);
    expect(await query(url, 'select 1 one')).toEqual([{ one: 1 }]);
  });

  it('removes a lock file whose process id belongs to another program', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n${join(dataDir, 'cluster')}\n1\n1\n\n\n\nready\n`);
    expect(await query((await start()).url, 'select 1 one')).toEqual([{ one: 1 }]);
  });

  it('refuses a second start on a data folder that is being served', async () => {
    await start();
    await expect(startPostgres({ dataDir, port: await findFreePort(), superuserPassword })).rejects.toThrow(/already runs .* stop that one first/);
  });

  it('names the port that is in use', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const address = blocker.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startPostgres({ dataDir, port, superuserPassword })).rejects.toThrow(`Port ${port} for PostgreSQL is in use`);
    blocker.close();
  });

  it('says what to do about a cluster of another major version, a file in place of the folder, and a wrong password', async () => {
    await (await start()).stop();
    await expect(startPostgres({ dataDir, port: await findFreePort(), superuserPassword: 'other' })).rejects.toThrow(/password that the cluster was made with/);
    const old = join(root, 'old');
    mkdirSync(join(old, 'cluster'), { recursive: true });
    writeFileSync(join(old, 'cluster', 'PG_VERSION'), '16\n');
    await expect(startPostgres({ dataDir: old, port: await findFreePort(), superuserPassword })).rejects.toThrow(/belongs to PostgreSQL 16, not 18: move it away/);
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(startPostgres({ dataDir: file, port: await findFreePort(), superuserPassword })).rejects.toThrow(/is not a folder/);
  });

  it('says which platform package is missing', async () => {
    await expect(locatePostgres('win32', 'x64')).rejects.toThrow(/no npm package for win32-x64/);
    await expect(locatePostgres(process.platform, process.arch === 'x64' ? 'arm64' : 'x64')).rejects.toThrow(/is not installed: run npm install/);
  });

  it('leaves the superuser password in no file that others can read', async () => {
    await start();
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain(superuserPassword);
  });
});
