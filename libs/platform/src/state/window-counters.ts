import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { CounterStore } from './counter-store.js';
import { CounterWindow } from './counter-window.js';
import type { Limit, LimitDecision } from './limit.js';
import { OutageLog } from './outage-log.js';
import { storeKey } from './store-key.js';

export interface WindowCountersOptions {
  /** 100 where unset. */
  readonly flushIntervalMs?: number;
  /** How long a key's first request waits for the shared count before it is decided locally; 250 where unset. */
  readonly loadTimeoutMs?: number;
  /** Keys held in memory; 20,000 where unset. An evicted key is read from the store again. */
  readonly maxKeys?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Pause between attempts while the store is down. */
const outageRetryMs = 1_000;

/**
 * Limits over fixed windows aligned to the epoch, decided from memory. A key's first request in a window reads the
 * shared count; later ones are counted here and sent in one batch each flush interval, whose answer brings back what
 * other instances counted. One instance alone is exact; several let through at most what arrives at the others within
 * one flush interval beyond the limit. While the store is down, each instance counts for itself.
 */
export class WindowCounters {
  private readonly windows: LRUCache<string, CounterWindow>;
  private readonly toLoad = new Set<CounterWindow>();
  // By store key: until a window's count is in the store, it is found here even when it was evicted above.
  private readonly undecided = new Map<string, CounterWindow>();
  private readonly dirty = new Map<string, CounterWindow>();
  private readonly outage = new OutageLog('counters');
  private readonly flushIntervalMs: number;
  private readonly loadTimeoutMs: number;
  private readonly now: () => number;
  private sending: ReadonlyMap<string, CounterWindow> = new Map();
  private flushing: Promise<void> | undefined;
  private loading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly store: CounterStore,
    options: WindowCountersOptions = {},
  ) {
    this.windows = new LRUCache({ max: options.maxKeys ?? 20_000 });
    this.flushIntervalMs = options.flushIntervalMs ?? 100;
    this.loadTimeoutMs = options.loadTimeoutMs ?? 250;
    this.now = options.now ?? Date.now;
  }

  /**
   * Counts one request, as `cost` (at least 1) where it stands for several: all are allowed or none. A promise only for a
   * key's first requests in a window; it never rejects.
   */
  consume(key: string, limit: Limit, cost = 1): LimitDecision | Promise<LimitDecision> {
    const window = this.windowOf(key, limit.windowSeconds);
    return window.loading ? window.loading.then(() => this.decide(window, limit, cost)) : this.decide(window, limit, cost);
  }

  /** Sends what is pending now; resolves when the store has answered or failed. */
  async flush(): Promise<void> {
    while (this.flushing) await this.flushing;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.dirty.size === 0) return;
    this.flushing = this.sendDirty().finally(() => {
      this.flushing = undefined;
      if (this.dirty.size > 0) this.scheduleFlush();
    });
    await this.flushing;
  }

  /** Flushes once more and stops. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
    clearTimeout(this.timer);
  }

  private decide(window: CounterWindow, limit: Limit, cost: number): LimitDecision {
    const decision = window.decide(limit, this.now(), cost);
    if (decision.allowed) {
      this.dirty.set(window.storeKey, window);
      this.scheduleFlush();
    }
    this.undecided.delete(window.storeKey);
    return decision;
  }

  private windowOf(key: string, windowSeconds: number): CounterWindow {
    const length = windowSeconds * 1000;
    const endsAt = (Math.floor(this.now() / length) + 1) * length;
    const memoryKey = `${windowSeconds} ${key}`;
    const held = this.windows.get(memoryKey);
    if (held?.endsAt === endsAt) return held;
    const window = this.openWindow(storeKey(`${endsAt} ${memoryKey}`), endsAt);
    this.windows.set(memoryKey, window);
    return window;
  }

  private openWindow(key: string, endsAt: number): CounterWindow {
    const evicted = this.undecided.get(key) ?? this.dirty.get(key) ?? this.sending.get(key);
    if (evicted) return evicted;
    const window = new CounterWindow(key, endsAt);
    if (this.outage.isDown) return window;
    this.undecided.set(key, window);
    window.loading = this.load(window);
    return window;
  }

  private async load(window: CounterWindow): Promise<void> {
    this.toLoad.add(window);
    if (this.toLoad.size === 1) {
      this.loading = Promise.race([this.readNextTick(), delay(this.loadTimeoutMs, undefined, { ref: false })]);
    }
    await this.loading;
    window.loading = undefined;
  }

  /** One question for all keys that were first touched in this turn of the event loop. */
  private async readNextTick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const batch = [...this.toLoad];
    this.toLoad.clear();
    try {
      const counts = await this.store.read(batch.map((window) => window.storeKey));
      batch.forEach((window, index) => window.learn(counts[index] ?? 0));
      this.outage.worked();
    } catch (error) {
      this.outage.failed(error);
    }
  }

  private scheduleFlush(): void {
    if (this.timer || this.flushing || this.closed) return;
    this.timer = setTimeout(() => void this.flush(), this.outage.isDown ? outageRetryMs : this.flushIntervalMs);
    this.timer.unref();
  }

  private async sendDirty(): Promise<void> {
    const batch = [...this.dirty.values()];
    this.sending = new Map(this.dirty);
    this.dirty.clear();
    const deltas = batch.map((window) => ({ key: window.storeKey, delta: window.send(), expiresAt: window.endsAt }));
    try {
      const counts = await this.store.add(deltas);
      batch.forEach((window, index) => window.sent(counts[index] ?? 0));
      this.outage.worked();
    } catch (error) {
      batch.forEach((window) => window.sendFailed());
      this.keepForRetry(batch);
      this.outage.failed(error);
    } finally {
      this.sending = new Map();
    }
  }

  /** Windows that ended count no more; beyond the bound on keys the outage wins over exactness. */
  private keepForRetry(batch: readonly CounterWindow[]): void {
    for (const window of batch) {
      if (window.endsAt > this.now() && this.dirty.size < this.windows.max) this.dirty.set(window.storeKey, window);
    }
  }
}
