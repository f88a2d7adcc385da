import { postgresState } from './postgres-state.js';
import { redisState } from './redis-state.js';
import type { SharedState, SharedStateOptions } from './shared-state.js';

/**
 * Connects to the shared state: `redis://` or `rediss://` (Redis, Valkey), or `postgres://` with the tables of
 * `stateSchemaSql`. Resolves even while the store is down; `ping` tells.
 */
export async function connectState(url: string, options: SharedStateOptions = {}): Promise<SharedState> {
  const { protocol } = new URL(url);
  switch (protocol) {
    case 'redis:':
    case 'rediss:':
      return redisState(url, options);
    case 'postgres:':
    case 'postgresql:':
      return postgresState(url, options);
    default:
      throw new Error(`The shared state's address must begin with redis://, rediss:// or postgres://, not ${protocol}//`);
  }
}
