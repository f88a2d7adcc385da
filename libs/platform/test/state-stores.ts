import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@atrium/local';
import { Redis } from 'ioredis';
import pg from 'pg';
import { stateSchemaSql } from '@atrium/platform/state';
import { freePort } from './free-port.js';

/** A real store under test. */
export interface RunningStore {
  readonly url: string;
  /** Empties it. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly start: (() => Promise<RunningStore>) | undefined;
}

async function postgresStore(): Promise<RunningStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'atrium-state-'));
  const server = await startPostgres({ dataDir, port: await freePort(), superuserPassword: 'state-test' });
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on('error', () => undefined);
  await pool.query(stateSchemaSql);
  await pool.query(stateSchemaSql);
  return {
    url: server.url,
    clear: async () => void (await pool.query('truncate state.limits, state.counters, state.revocations, state.cache')),
    stop: async () => {
      await pool.end();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function redisStore(): Promise<RunningStore> {
  const given = process.env['REDIS_URL'];
  const port = await freePort();
  const url = given ?? `redis://127.0.0.1:${port}`;
  const server = given ? undefined : spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  client.on('error', () => undefined);
  await client.ping();
  return {
    url,
    clear: async () => {
      const keys = await client.keys('atrium:*');
      for (const key of keys) await client.del(key);
    },
    stop: async () => {
      client.disconnect();
      if (!server) return;
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

const hasRedis = process.env['REDIS_URL'] !== undefined || spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.warn('SKIPPED: shared state on Redis. Install redis-server or set REDIS_URL to test it too.');

export const stores: readonly StoreKind[] = [
  { name: 'PostgreSQL', start: postgresStore },
  { name: 'Redis', start: hasRedis ? redisStore : undefined },
];
