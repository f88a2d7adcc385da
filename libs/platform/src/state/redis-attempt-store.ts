import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type AttemptDecision, type AttemptRule, mostDoublings } from './attempt-rule.js';
import type { AttemptStore } from './attempt-store.js';
import { redisKey } from './redis-key.js';

// Expiring is forgetting.
const takeScript = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'count', 'paused_until')
local paused = tonumber(held[2] or '0')
if paused > now then return {0, paused - now} end
local attempts, first, longest, memory = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local count = tonumber(held[1] or '0') + 1
local pause = 0
if count % attempts == 0 then
  pause = math.min(first * 2 ^ math.min(count / attempts - 1, ${mostDoublings}), longest)
end
redis.call('HSET', KEYS[1], 'count', count, 'paused_until', pause > 0 and now + pause or 0)
redis.call('PEXPIREAT', KEYS[1], now + pause + memory)
return {1, pause}`;

const giveBackScript = `local count = redis.call('HGET', KEYS[1], 'count')
if count then redis.call('HSET', KEYS[1], 'count', math.max(0, count - 1), 'paused_until', 0) end
return 0`;

const taken = z.tuple([z.int(), z.number()]);

/** Scripts of one key each, so that a clustered store (ElastiCache Serverless) takes them too. */
export class RedisAttemptStore implements AttemptStore {
  constructor(private readonly redis: Redis) {}

  async take(key: string, rule: AttemptRule): Promise<AttemptDecision> {
    const milliseconds = [rule.firstPauseSeconds, rule.longestPauseSeconds, rule.memorySeconds].map((seconds) => seconds * 1000);
    const [allowed, pauseMs] = taken.parse(await this.redis.eval(takeScript, 1, redisKey('attempts', key), rule.attempts, ...milliseconds));
    return { allowed: allowed === 1, pauseMs };
  }

  async giveBack(key: string): Promise<void> {
    await this.redis.eval(giveBackScript, 1, redisKey('attempts', key));
  }

  async forget(key: string): Promise<void> {
    await this.redis.del(redisKey('attempts', key));
  }
}
