import type { Redis } from 'ioredis';
import { redisKey } from './redis-key.js';
import { overlapMs, type Revocation, type RevocationChanges, type RevocationStore } from './revocation-store.js';

/** Scores are the store's own clock in milliseconds; a later change of the same entry moves it up. */
const addScript = `
local time = redis.call('TIME')
return redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])`;

/** Members end in their \`until\`, in seconds. */
const removeExpiredScript = `
local before = redis.call('TIME')[1] - 300
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if tonumber(string.match(member, '|(%d+)$') or '0') < before then redis.call('ZREM', KEYS[1], member) end
end`;

/** One sorted set; a member is \`subject|minVersion|until\`. */
export class RedisRevocationStore implements RevocationStore {
  private readonly key = redisKey('revocations');

  constructor(private readonly redis: Redis) {}

  async add({ subject, minVersion, until }: Revocation): Promise<void> {
    await this.redis.eval(addScript, 1, this.key, `${subject}|${minVersion ?? ''}|${Math.ceil(until)}`);
  }

  async changedSince(cursor: number): Promise<RevocationChanges> {
    const reply = await this.redis.zrangebyscore(this.key, Math.max(0, cursor - overlapMs), '+inf', 'WITHSCORES');
    const revocations: Revocation[] = [];
    for (let index = 0; index < reply.length; index += 2) revocations.push(parseMember(reply[index] ?? ''));
    return { revocations, cursor: Math.max(cursor, Number(reply.at(-1) ?? 0)) };
  }

  async removeExpired(): Promise<void> {
    await this.redis.eval(removeExpiredScript, 1, this.key);
  }
}

function parseMember(member: string): Revocation {
  const [subject = '', minVersion = '', until = '0'] = member.split('|');
  return { subject, minVersion: minVersion === '' ? null : Number(minVersion), until: Number(until) };
}
