import type { AttemptPauses } from './attempt-pauses.js';
import type { RequestLimits } from './request-limits.js';
import type { RevocationList } from './revocation-list.js';
import type { StateCache } from './state-cache.js';
import type { WindowCounters, WindowCountersOptions } from './window-counters.js';

/** What the instances of all services share beside their databases. Losing it loses no session and no data. */
export interface SharedState {
  /** Exact, one round trip a request: for mails, and other routes that must not be outrun. */
  readonly limits: RequestLimits;
  /** Exact, with pauses that grow: for guessing. */
  readonly attempts: AttemptPauses;
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
  /** The store's URL as it is now, asked for after a lost connection: its password may have been rotated. */
  readonly currentUrl?: () => Promise<string>;
}

/** Dependency-injection token of the {@link SharedState}. */
export const SHARED_STATE = Symbol('SharedState');
