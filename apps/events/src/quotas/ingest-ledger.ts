import { randomUUID } from 'node:crypto';
import type { IngestCount, IngestOutcome, LedgerBatch, LedgerStore, Usage } from './ledger-store.js';
import { type Month, monthOf } from './month.js';
import { type Quota, UsageAccount } from './usage-account.js';

export interface IngestLedgerOptions {
  /** Of organizations for which nothing else is set. */
  readonly defaults: Quota;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told of background failures; the ledger goes on trying. */
  readonly onFailure?: (error: unknown) => void;
}

const bucketMs = 5 * 60_000;
/** Milliseconds after which an account that hears nothing by its own counts is read again: its quota may have changed. */
const freshFor = 10_000;

/**
 * Counts events in memory and tells them to the store in batches, whose answers bring back what all instances counted.
 * The first event of an organization in a month waits for the store; no later one does.
 */
export class IngestLedger {
  private readonly instanceId = randomUUID();
  private readonly accounts = new Map<string, UsageAccount>();
  private readonly opening = new Map<string, Promise<UsageAccount>>();
  private readonly now: () => number;
  private current: Month;
  private counts = new Map<string, IngestCount>();
  private unanswered: LedgerBatch | undefined;
  private batches = 0;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly store: LedgerStore,
    private readonly options: IngestLedgerOptions,
  ) {
    this.now = options.now ?? Date.now;
    this.current = monthOf(this.now());
  }

  /** The account of the month at hand; a promise, which rejects with the store's error, when it isn't in memory. */
  account(orgId: string): UsageAccount | Promise<UsageAccount> {
    const now = this.now();
    if (now >= this.current.endsAt) this.current = monthOf(now);
    const key = `${this.current.month} ${orgId}`;
    const held = this.accounts.get(key);
    if (!held) return this.open(key, orgId, this.current);
    if (now - held.heardAt > freshFor && held.unshared === 0) this.refresh(key, orgId);
    return held;
  }

  /** Accepted events of an account are told by {@link UsageAccount.accept} as well. */
  count(orgId: string, outcome: IngestOutcome, code: string, count: number, before = Infinity): void {
    const bucket = Math.floor(Math.min(this.now(), before - 1) / bucketMs) * bucketMs;
    const key = `${orgId} ${bucket} ${outcome} ${code}`;
    const held = this.counts.get(key);
    if (held) held.count += count;
    else this.counts.set(key, { orgId, bucket, outcome, code, count });
  }

  accept(account: UsageAccount, events: number): void {
    account.accept(events);
    this.count(account.orgId, 'accepted', '', events, account.endsAt);
  }

  /** Resolves when the store has everything that was counted before the call; rejects with its error. */
  async flush(): Promise<void> {
    while (this.flushing) await this.flushing.catch(() => undefined);
    if (!this.unanswered && this.counts.size === 0) return;
    this.flushing = this.deliver().finally(() => (this.flushing = undefined));
    await this.flushing;
  }

  /** Forgets accounts that nobody used for a while. */
  sweep(): void {
    const old = this.now() - 6 * freshFor;
    for (const [key, account] of this.accounts) {
      if (account.unshared === 0 && account.heardAt < old) this.accounts.delete(key);
    }
  }

  private async deliver(): Promise<void> {
    if (this.unanswered) await this.tell(this.unanswered);
    if (this.counts.size > 0) await this.tell(this.nextBatch());
  }

  private nextBatch(): LedgerBatch {
    this.unanswered = { instanceId: this.instanceId, number: (this.batches += 1), counts: [...this.counts.values()] };
    this.counts = new Map();
    for (const account of this.accounts.values()) account.send();
    return this.unanswered;
  }

  private async tell(batch: LedgerBatch): Promise<void> {
    const usages = await this.store.record(batch);
    this.unanswered = undefined;
    for (const account of this.accounts.values()) account.sent();
    for (const usage of usages) {
      const account = this.accounts.get(`${usage.month} ${usage.orgId}`);
      if (account) this.hear(account, usage);
    }
  }

  private open(key: string, orgId: string, { month, endsAt }: Month): Promise<UsageAccount> {
    const running = this.opening.get(key);
    if (running) return running;
    const opened = this.store
      .read(orgId, month)
      .then((usage) => {
        const account = this.accounts.get(key) ?? new UsageAccount(orgId, month, endsAt, this.options.defaults);
        this.hear(account, usage);
        this.accounts.set(key, account);
        return account;
      })
      .finally(() => this.opening.delete(key));
    this.opening.set(key, opened);
    return opened;
  }

  private refresh(key: string, orgId: string): void {
    if (!this.opening.has(key)) this.open(key, orgId, this.current).catch((error: unknown) => this.options.onFailure?.(error));
  }

  private hear(account: UsageAccount, { accepted, eventsPerMonth, eventsPerSecond }: Usage): void {
    const { defaults } = this.options;
    const quota = {
      eventsPerMonth: eventsPerMonth ?? defaults.eventsPerMonth,
      eventsPerSecond: eventsPerSecond ?? defaults.eventsPerSecond,
    };
    account.hear(accepted, quota, this.now());
  }
}
