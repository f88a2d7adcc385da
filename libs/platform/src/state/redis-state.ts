import { AttemptPauses } from './attempt-pauses.js';
import { OutageLog } from './outage-log.js';
import { RedisAttemptStore } from './redis-attempt-store.js';
import { RedisCache } from './redis-cache.js';
import { RedisCounterStore } from './redis-counter-store.js';
import { redisKey } from './redis-key.js';
import { RedisRevocationStore } from './redis-revocation-store.js';
import { RequestLimits } from './request-limits.js';
import { RevocationList } from './revocation-list.js';
import type { SharedState, SharedStateOptions } from './shared-state.js';
import { WindowCounters } from './window-counters.js';

/** Shared state in Redis or Valkey; `rediss://` for TLS. */
export async function redisState(url: string, options: SharedStateOptions = {}): Promise<SharedState> {
  const redis = await connect(url, options.currentUrl);
  const { RateLimiterRedis } = await import('rate-limiter-flexible');
  const counters = new WindowCounters(new RedisCounterStore(redis), options.counters);
  const revocations = new RevocationList(new RedisRevocationStore(redis));
  const limits = new RequestLimits(
    ({ requests, windowSeconds }) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: redisKey('limit'),
        points: requests,
        duration: windowSeconds,
      }),
    counters,
  );
  return {
    limits,
    attempts: new AttemptPauses(new RedisAttemptStore(redis)),
    counters,
    revocations,
    cache: new RedisCache(redis),
    ping: async () => void (await redis.ping()),
    close: async () => {
      revocations.stop();
      await counters.close();
      redis.disconnect();
    },
  };
}

async function connect(url: string, currentUrl: SharedStateOptions['currentUrl']) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 1_000,
    // Without the connection a command fails at once, and callers fall back, instead of queueing up.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  const outage = new OutageLog('connection');
  redis.on('error', (error) => outage.failed(error));
  redis.on('ready', () => outage.worked());
  // Every connection signs in with what these say by then; one that is refused closes, and asks again.
  redis.on('close', () => {
    currentUrl?.().then(
      (current) => {
        const { username, password } = new URL(current);
        Object.assign(redis.options, { username: decodeURIComponent(username), password: decodeURIComponent(password) });
      },
      (error: unknown) => outage.failed(error),
    );
  });
  // A store that is down doesn't stop the start: the client goes on connecting.
  await redis.connect().catch((error: unknown) => outage.failed(error));
  return redis;
}
