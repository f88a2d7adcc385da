/** What an organization may send. */
export interface Quota {
  readonly eventsPerMonth: number;
  readonly eventsPerSecond: number;
}

/**
 * `used-up`: the month has no room for all of them. `unshared`: too many were accepted here that other instances don't
 * know of yet; to be asked again after the next exchange.
 */
export type Admission = 'admitted' | 'used-up' | 'unshared';

/**
 * What one instance knows of an organization's events in one month. Events are admitted first and counted once the queue
 * has them. With n instances, of which none holds more than `maxUnshared` that the others can't know of, no more than the
 * quota and (n − 1) × `maxUnshared` are admitted; one alone is exact.
 */
export class UsageAccount {
  /** Accepted by all instances, as last heard; only grows. */
  known = 0;
  /** Milliseconds since the epoch. */
  heardAt = 0;
  /** When the log was told that it is used up; milliseconds since the epoch. */
  toldAt: number | undefined;
  private admitted = 0;
  private pending = 0;
  private sending = 0;

  constructor(
    readonly orgId: string,
    /** First day of the month, UTC, as `YYYY-MM-01`. */
    readonly month: string,
    /** Milliseconds since the epoch. */
    readonly endsAt: number,
    public quota: Quota,
  ) {}

  /** Known here and nowhere else. */
  get unshared(): number {
    return this.admitted + this.pending + this.sending;
  }

  get uncounted(): number {
    return this.pending;
  }

  get remaining(): number {
    return Math.max(0, this.quota.eventsPerMonth - this.known - this.unshared);
  }

  /** All of them, or none. */
  admit(events: number, maxUnshared: number): Admission {
    if (events > this.remaining) return 'used-up';
    if (this.unshared + events > maxUnshared) return 'unshared';
    this.admitted += events;
    return 'admitted';
  }

  /** The queue has them. */
  accept(events: number): void {
    this.admitted -= events;
    this.pending += events;
  }

  /** The queue may not have them: they don't count. */
  release(events: number): void {
    this.admitted -= events;
  }

  /** Moves under way what is to be told. Only while nothing else is. */
  send(): void {
    this.sending = this.pending;
    this.pending = 0;
  }

  sent(): void {
    this.sending = 0;
  }

  hear(accepted: number, quota: Quota, now: number): void {
    this.known = Math.max(this.known, accepted);
    this.quota = quota;
    this.heardAt = now;
  }
}
