import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from '@atrium/local';
import { until } from '@atrium/testing';
import type { AuthEngines } from './auth-engines.js';

/** What instances of auth share, besides their database. */
export interface StateStore {
  /** Undefined for the engines' own PostgreSQL. */
  readonly url: string | undefined;
  /** Lets the pauses between attempts pass. */
  passTime(engines: AuthEngines, seconds: number): Promise<void>;
  stop(): Promise<void>;
}

const postgresStore = async (): Promise<StateStore> => ({
  url: undefined,
  passTime: async ({ superuser }, seconds) =>
    void (await superuser.query('update state.attempts set paused_until = paused_until - make_interval(secs => $1)', [seconds])),
  stop: async () => undefined,
});

const passTimeScript = `for _, key in ipairs(redis.call('KEYS', 'atrium:attempts:*')) do redis.call('HINCRBY', key, 'paused_until', ARGV[1]) end`;

async function redisStore(): Promise<StateStore> {
  const port = String(await findFreePort());
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  const ask = (...words: string[]) => execFileSync('redis-cli', ['-p', port, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  await until('Redis', async () => ask('ping').includes('PONG'));
  return {
    url: `redis://127.0.0.1:${port}`,
    passTime: async (_, seconds) => void ask('eval', passTimeScript, '0', String(-seconds * 1000)),
    stop: async () => {
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

const hasRedis = ['redis-server', 'redis-cli'].every((program) => spawnSync(program, ['--version']).status === 0);
if (!hasRedis) console.warn('SKIPPED: sign-in counted on Redis. Install redis-server to test it too.');

export const stateStores: readonly { readonly name: string; readonly isMissing: boolean; start(): Promise<StateStore> }[] = [
  { name: 'PostgreSQL', isMissing: false, start: postgresStore },
  { name: 'Redis', isMissing: !hasRedis, start: redisStore },
];
