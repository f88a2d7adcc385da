import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from '@atrium/local';
import { stateSchemaSql } from '@atrium/platform/state';
import { startDatabaseServer } from '@atrium/testing';
import { Redis } from 'ioredis';

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
  const { url, superuser, stop } = await startDatabaseServer();
  // Safe to repeat.
  await superuser.query(stateSchemaSql);
  return {
    url,
    clear: async () => void (await superuser.query('truncate state.limits, state.attempts, state.counters, state.revocations, state.cache')),
    stop,
  };
}

async function redisStore(): Promise<RunningStore> {
  const given = process.env['REDIS_URL'];
  const port = await findFreePort();
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
