import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { redisKey } from './redis-key.js';
import type { StateCache } from './state-cache.js';
import { storeKey } from './store-key.js';

export class RedisCache implements StateCache {
  constructor(private readonly redis: Redis) {}

  async get<S extends z.ZodType>(key: string, schema: S): Promise<z.output<S> | undefined> {
    const text = await this.redis.get(redisKey('cache', storeKey(key)));
    return text === null ? undefined : schema.safeParse(JSON.parse(text)).data;
  }

  async set(key: string, value: unknown, ttlSeconds: number): Promise<void> {
    await this.redis.set(redisKey('cache', storeKey(key)), JSON.stringify(value), 'PX', Math.ceil(ttlSeconds * 1000));
  }

  async delete(key: string): Promise<void> {
    await this.redis.del(redisKey('cache', storeKey(key)));
  }
}
