import type { Limit, LimitDecision } from './limit.js';

/** What one instance knows of one key in one window. */
export class CounterWindow {
  /** The store's count when it last answered; only grows, since the store's counts do. */
  known = 0;
  /** Allowed here, not yet sent. */
  pending = 0;
  /** Allowed here, sent, not yet answered. */
  sending = 0;
  /** Settled once the shared count was asked for; undefined when decisions can be made. */
  loading: Promise<void> | undefined;

  constructor(
    readonly storeKey: string,
    /** Milliseconds since the epoch. */
    readonly endsAt: number,
  ) {}

  /** Counts the request, as `cost` of them, if the limit allows it; all of it or nothing. */
  decide(limit: Limit, now: number, cost: number): LimitDecision {
    const used = this.known + this.sending + this.pending;
    const allowed = used + cost <= limit.requests;
    if (allowed) this.pending += cost;
    return {
      allowed,
      limit: limit.requests,
      remaining: Math.max(0, limit.requests - used - (allowed ? cost : 0)),
      resetSeconds: Math.max(1, Math.ceil((this.endsAt - now) / 1000)),
    };
  }

  /** Moves what is pending under way and gives its size. */
  send(): number {
    this.sending = this.pending;
    this.pending = 0;
    return this.sending;
  }

  sent(storeCount: number): void {
    this.sending = 0;
    this.learn(storeCount);
  }

  /** The store may have counted it all the same: then the limit is stricter, never laxer. */
  sendFailed(): void {
    this.pending += this.sending;
    this.sending = 0;
  }

  learn(storeCount: number): void {
    this.known = Math.max(this.known, storeCount);
  }
}
