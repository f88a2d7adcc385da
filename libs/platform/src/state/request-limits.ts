import type { RateLimiterRes, RateLimiterStoreAbstract } from 'rate-limiter-flexible';
import type { Limit, LimitDecision } from './limit.js';
import { OutageLog } from './outage-log.js';
import { storeKey } from './store-key.js';
import type { WindowCounters } from './window-counters.js';

/** Makes the limiter of one limit; limiters share their keys. */
export type LimiterFactory = (limit: Limit) => RateLimiterStoreAbstract;

/**
 * Exact limits, counted atomically in the shared store. A window begins with a key's first request. A key belongs to
 * one limit. While the store is down, each instance counts for itself.
 */
export class RequestLimits {
  private readonly limiters = new Map<string, RateLimiterStoreAbstract>();
  private readonly outage = new OutageLog('limits');

  constructor(
    private readonly limiterOf: LimiterFactory,
    private readonly fallback: WindowCounters,
  ) {}

  /** Counts one request, allowed or not. */
  async consume(key: string, limit: Limit): Promise<LimitDecision> {
    try {
      const result = await this.limiter(limit).consume(storeKey(key)).catch(refusalOrThrow);
      this.outage.worked();
      return decisionOf(result, limit);
    } catch (error) {
      this.outage.failed(error);
      return this.fallback.consume(key, limit);
    }
  }

  /** Forgets the key's count: after a successful sign-in, for one. Never rejects: the window ends by itself. */
  async reset(key: string): Promise<void> {
    await this.limiter({ requests: 1, windowSeconds: 1 })
      .delete(storeKey(key))
      .catch((error: unknown) => this.outage.failed(error));
  }

  private limiter(limit: Limit): RateLimiterStoreAbstract {
    const name = `${limit.requests}/${limit.windowSeconds}`;
    const known = this.limiters.get(name);
    if (known) return known;
    const limiter = this.limiterOf(limit);
    this.limiters.set(name, limiter);
    return limiter;
  }
}

/** A limiter rejects with its result when the limit is reached, and with an error when the store fails. */
function refusalOrThrow(rejection: unknown): RateLimiterRes {
  if (rejection instanceof Error) throw rejection;
  return rejection as RateLimiterRes;
}

function decisionOf(result: RateLimiterRes, limit: Limit): LimitDecision {
  return {
    allowed: result.consumedPoints <= limit.requests,
    limit: limit.requests,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}
