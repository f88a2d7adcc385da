import { LOGGER, METRICS } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { type LimitDecision, SHARED_STATE, type SharedState } from '@atrium/platform/state';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { IngestLedger } from './ingest-ledger.js';
import type { Quota, UsageAccount } from './usage-account.js';
import { UsageRepository } from './usage.repository.js';

/** Dependency-injection token of the {@link Quota} of organizations for which nothing else is set. */
export const DEFAULT_QUOTA = Symbol('DefaultQuota');

/** Seconds over which the rate is measured. The least rate lets one batch of the greatest length through. */
export const rateWindowSeconds = 10;
/** Events of an organization that one instance accepts before the others know of them: the bound on what goes beyond a quota. */
const maxUnshared = 50_000;
const flushMs = 1_000;
const forgetMs = 3_600_000;
/** An operator may raise a quota at any time: nobody waits for the next month. */
const longestWaitSeconds = 3_600;

/** How much organizations may send. Accepted events are counted once the queue has them. */
@Injectable()
export class IngestQuotas implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ledger: IngestLedger;
  private readonly refused;
  private readonly timers: NodeJS.Timeout[] = [];
  private failing = false;
  private stopping = false;

  constructor(
    @Inject(UsageRepository) private readonly store: UsageRepository,
    @Inject(SHARED_STATE) private readonly state: SharedState,
    @Inject(DEFAULT_QUOTA) defaults: Quota,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.ledger = new IngestLedger(store, { defaults, onFailure: (error) => this.failed(error) });
    this.refused = metrics.counter({
      name: 'events_quota_refusals_total',
      help: 'Requests refused because the organization sends too fast (rate) or its month is used up (month).',
      labels: ['quota'],
    });
  }

  onApplicationBootstrap(): void {
    this.timers.push(setInterval(() => void this.tryFlush(), flushMs).unref(), setInterval(() => void this.forget(), forgetMs).unref());
  }

  /** What is accepted from now on, by requests that are still being answered, is counted before they are. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.tryFlush();
  }

  /**
   * Sends events of an organization if it may send so many, all of them or none; what `send` rejects with doesn't count.
   * Rejects with RATE_LIMITED, and with UPSTREAM_UNAVAILABLE when the counts can't be had. Not async: that would keep what
   * `send` holds on the heap until the queue answers.
   */
  within(orgId: string, events: number, send: () => Promise<void>): Promise<void> {
    const account = this.ledger.account(orgId);
    if (account instanceof Promise) return account.then((opened) => this.admit(opened, events)).then((admitted) => this.settle(admitted, events, send()));
    if (account.admit(events, maxUnshared) !== 'admitted') {
      return this.admit(account, events).then((admitted) => this.settle(admitted, events, send()));
    }
    const rate = this.rateOf(account, events);
    if (rate instanceof Promise) return rate.then((decision) => this.hold(account, events, decision)).then(() => this.settle(account, events, send()));
    try {
      this.hold(account, events, rate);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.settle(account, events, send());
  }

  /**
   * Throws RATE_LIMITED when the month has no room for a single event, as far as is known here: whoever is refused anyway
   * needn't be read. It counts as one rejected event, whatever the request holds.
   */
  requireRoom(orgId: string): void {
    const account = this.ledger.account(orgId);
    // Who asks for the first time is answered when their events are known; so is a failure to find out.
    if (account instanceof Promise) account.catch(() => undefined);
    else if (account.remaining === 0) throw this.usedUp(account, 1);
  }

  /** False as well where it is not known: {@link requireRoom} finds out, and says so. */
  hasRoom(orgId: string): boolean {
    const account = this.ledger.account(orgId);
    if (!(account instanceof Promise)) return account.remaining > 0;
    account.catch(() => undefined);
    return false;
  }

  /** Events that are not sent, and why. */
  reject(orgId: string, code: string, events: number): void {
    this.ledger.count(orgId, 'rejected', code, events);
  }

  /** Tells the store what was counted here; throws when it doesn't answer. */
  flush(): Promise<void> {
    return this.ledger.flush();
  }

  private async admit(account: UsageAccount, events: number): Promise<UsageAccount> {
    let admission = account.admit(events, maxUnshared);
    for (let attempt = 0; admission === 'unshared' && attempt < 3; attempt += 1) {
      await this.ledger.flush();
      admission = account.admit(events, maxUnshared);
    }
    if (admission === 'unshared') {
      throw new DomainError('UPSTREAM_UNAVAILABLE', 'Too many events of the organization are being counted.', { retryAfterSeconds: 1 });
    }
    if (admission === 'used-up') throw this.usedUp(account, events);
    this.hold(account, events, await this.rateOf(account, events));
    return account;
  }

  private rateOf({ orgId, quota }: UsageAccount, events: number): LimitDecision | Promise<LimitDecision> {
    const limit = { requests: quota.eventsPerSecond * rateWindowSeconds, windowSeconds: rateWindowSeconds };
    return this.state.counters.consume(`events of ${orgId}`, limit, events);
  }

  /** Throws RATE_LIMITED, and gives back the room in the month, where the rate doesn't allow what was admitted. */
  private hold(account: UsageAccount, events: number, { allowed, resetSeconds }: LimitDecision): void {
    if (allowed) return;
    account.release(events);
    this.refuse(account, 'rate', events);
    const { eventsPerSecond } = account.quota;
    throw new DomainError(
      'RATE_LIMITED',
      `The organization sends more than its ${eventsPerSecond} events per second, measured over ${rateWindowSeconds} seconds. Nothing of the request was taken.`,
      { retryAfterSeconds: resetSeconds },
    );
  }

  private usedUp(account: UsageAccount, events: number): DomainError {
    this.refuse(account, 'month', events);
    const { quota, remaining, endsAt } = account;
    const resetsAt = new Date(endsAt).toISOString();
    return new DomainError(
      'RATE_LIMITED',
      `The organization's quota of ${quota.eventsPerMonth} events per month has room for ${remaining} more until ${resetsAt}, fewer than the request holds. Nothing of it was taken.`,
      { retryAfterSeconds: Math.min(longestWaitSeconds, (endsAt - Date.now()) / 1_000) },
    );
  }

  private refuse(account: UsageAccount, quota: 'rate' | 'month', events: number): void {
    this.refused.inc({ quota });
    this.reject(account.orgId, 'RATE_LIMITED', events);
    if (quota === 'rate' || account.toldAt !== undefined) return;
    account.toldAt = Date.now();
    this.logger.warn({ event: 'events_quota_reached', org_id: account.orgId, month: account.month, allowed: account.quota.eventsPerMonth }, "An organization's month is used up.");
  }

  private settle(account: UsageAccount, events: number, sent: Promise<void>): Promise<void> {
    return sent.then(
      () => this.accept(account, events),
      (error: unknown) => {
        account.release(events);
        throw error;
      },
    );
  }

  /** A promise while the service stops: then nobody is answered before the store knows. */
  private accept(account: UsageAccount, events: number): void | Promise<void> {
    this.ledger.accept(account, events);
    if (this.stopping) return this.tryFlush();
    if (account.uncounted > maxUnshared / 4) void this.tryFlush();
  }

  private async tryFlush(): Promise<void> {
    try {
      await this.ledger.flush();
      this.ledger.sweep();
      this.failing = false;
    } catch (error) {
      this.failed(error);
    }
  }

  private async forget(): Promise<void> {
    await this.store.forget().catch((error: unknown) => this.failed(error));
  }

  /** Once per outage. */
  private failed(error: unknown): void {
    if (!this.failing) this.logger.warn({ err: error }, 'Counts of events could not be written or read; trying again.');
    this.failing = true;
  }
}
