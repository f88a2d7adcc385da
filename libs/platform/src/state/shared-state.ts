import type { RequestLimits } from './request-limits.js';
import type { RevocationList } from './revocation-list.js';
import type { StateCache } from './state-cache.js';
import type { WindowCounters, WindowCountersOptions } from './window-counters.js';

/** What the instances of all services share beside their databases. Losing it loses no session and no data. */
export interface SharedState {
  /** Exact, one round trip a request: for sign-in and other routes that guessing must not outrun. */
  readonly limits: RequestLimits;
  /** From memory, with bounded overshoot across instances: for the gateway's general limits. */
  readonly counters: WindowCounters;
  readonly revocations: RevocationList;
  readonly cache: StateCache;
  /** Rejects when the store doesn't answer. */
  ping(): Promise<void>;
  /** Flushes counters and closes connections. */
  close(): Promise<void>;
}

export interface SharedStateOptions {
  readonly counters?: WindowCountersOptions;
}

/** Dependency-injection token of the {@link SharedState}. */
export const SHARED_STATE = Symbol('SharedState');
