import { DomainError } from '@atrium/platform/errors';
import type { WindowCounters } from '@atrium/platform/state';
import type { LimitPolicy } from './limit-policy.js';
import { limitHeaders, type PolicyState } from './limit-headers.js';

/** A refusal with the headers of the limit that was reached. */
export class LimitReachedError extends DomainError {
  constructor(state: PolicyState) {
    super('RATE_LIMITED', undefined, { detail: `limit ${state.policy.name}`, retryAfterSeconds: state.decision.resetSeconds });
    this.headers = limitHeaders(state);
  }
  /** A flat list of names and values. */
  readonly headers: readonly string[];
}

/** Counts requests in the state that all gateways share. */
export class Limiter {
  constructor(private readonly counters: Pick<WindowCounters, 'consume'>) {}

  /** Counts the request under each policy and gives the tightest; throws {@link LimitReachedError} at the first reached. */
  async count(policies: readonly LimitPolicy[]): Promise<PolicyState | undefined> {
    let tightest: PolicyState | undefined;
    for (const policy of policies) {
      const counted = this.counters.consume(policy.key, policy.limit);
      const decision = counted instanceof Promise ? await counted : counted;
      const state = { policy, decision };
      if (!decision.allowed) throw new LimitReachedError(state);
      if (!tightest || decision.remaining < tightest.decision.remaining) tightest = state;
    }
    return tightest;
  }
}
