import type { Redis } from 'ioredis';
import type { CounterDelta, CounterStore } from './counter-store.js';
import { redisKey } from './redis-key.js';

/** Every command names one key, so that a clustered store (ElastiCache Serverless) takes them too. */
export class RedisCounterStore implements CounterStore {
  constructor(private readonly redis: Redis) {}

  async read(keys: readonly string[]): Promise<number[]> {
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.get(redisKey('counter', key));
    return resultsOf(await pipeline.exec()).map((value) => Number(value ?? 0));
  }

  async add(deltas: readonly CounterDelta[]): Promise<number[]> {
    const pipeline = this.redis.pipeline();
    for (const { key, delta, expiresAt } of deltas) {
      pipeline.incrby(redisKey('counter', key), delta);
      pipeline.pexpireat(redisKey('counter', key), expiresAt);
    }
    const results = resultsOf(await pipeline.exec());
    return deltas.map((_, index) => Number(results[index * 2]));
  }
}

function resultsOf(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
