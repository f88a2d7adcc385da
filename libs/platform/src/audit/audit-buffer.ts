import { AsyncLocalStorage } from 'node:async_hooks';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { currentContext, LOGGER, METRICS, type RequestContext, runInContext } from '../context/index.js';
import { Database, newId } from '../database/index.js';
import { isGivenUp, isUnavailable } from '../http/unavailable.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { type AuditRecord, AuditTrail } from './audit-trail.js';

/** An entry, and the organization whose log shows it. */
export interface PlacedRecord {
  readonly record: AuditRecord;
  readonly orgId: string | null;
}

/** Finds out later what to write, away from the request, so that its answer takes no longer; undefined: nothing. */
export type RecordLookup = () => Promise<PlacedRecord | undefined>;

interface Slot {
  what: PlacedRecord | RecordLookup;
  context: RequestContext;
  first: Date;
  last: Date;
  /** What happened since the slot was last written. */
  count: number;
  /** Milliseconds since the epoch; not written again before. */
  due: number;
}

type KeyedSlot = readonly [key: string, slot: Slot];

const tickMs = 1_000;
const windowMs = 60_000;
/** Keys at a time; each is one entry a minute at most. */
const maxKeys = 2_000;
const batchSize = 100;

/**
 * Entries of what changes no state, and so has no transaction to belong to: denials, failed sign-ins. They are kept in
 * memory for a second and written in batches. What repeats within a minute becomes one entry with a count, so that a
 * flood cannot fill the log; what finds no room is dropped, counted and told in the service's own log.
 */
@Injectable()
export class AuditBuffer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly slots = new Map<string, Slot>();
  /** Flushing must not join the transaction or the context of whoever happened to add an entry. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly dropped;
  private unreported = 0;
  private failing = false;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.dropped = metrics.counter({ name: 'audit_dropped_total', help: 'Happenings that the audit log had no room for.' });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), tickMs).unref();
  }

  /** What comes after this, from requests that are still being answered, is written at once. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopping = true;
    await this.flush();
  }

  /** `key` says what counts as a repetition; callers must not be able to make up many. Never throws. */
  add(key: string, what: PlacedRecord | RecordLookup): void {
    const now = new Date();
    const slot = this.slots.get(key);
    if (slot) {
      if (slot.count === 0) Object.assign(slot, { what, context: contextNow(), first: now });
      slot.count += 1;
      slot.last = now;
    } else if (this.slots.size >= maxKeys) {
      this.dropped.inc();
      this.unreported += 1;
    } else {
      this.slots.set(key, { what, context: contextNow(), first: now, last: now, count: 1, due: 0 });
    }
    if (this.stopping) void this.flush();
  }

  /** Writes what is due, and all there is when the process ends. Never rejects. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.outside(() => this.writeDue()));
    return this.flushing;
  }

  private async writeDue(): Promise<void> {
    this.reportDropped();
    const now = Date.now();
    const due = [...this.slots].filter(([, slot]) => this.stopping || slot.due <= now);
    for (const [key, slot] of due) if (slot.count === 0) this.slots.delete(key);
    const waiting = due.filter(([, slot]) => slot.count > 0);
    for (let start = 0; start < waiting.length; start += batchSize) {
      if (!(await this.tryWrite(waiting.slice(start, start + batchSize)))) return;
    }
  }

  /** @returns false while the database is down: the slots stay */
  private async tryWrite(batch: readonly KeyedSlot[]): Promise<boolean> {
    try {
      await this.write(batch);
      this.failing = false;
      return true;
    } catch (error) {
      const isTransient = isUnavailable(error) || isGivenUp(error);
      if (!isTransient || !this.failing) this.logger.error({ err: error, dropped: isTransient ? 0 : batch.length }, 'The audit log could not be written.');
      if (!isTransient) for (const [key] of batch) this.drop(key);
      this.failing = isTransient;
      return !isTransient;
    }
  }

  private drop(key: string): void {
    this.dropped.inc(this.slots.get(key)?.count ?? 0);
    this.slots.delete(key);
  }

  private async write(batch: readonly KeyedSlot[]): Promise<void> {
    const written: { readonly key: string; readonly slot: Slot; readonly count: number; readonly found: boolean }[] = [];
    const entries = await Promise.all(batch.map(async ([key, slot]) => ({ key, slot, count: slot.count, placed: await placedOf(slot.what) })));
    await this.database.withoutTenant(async (tx) => {
      for (const { key, slot, count, placed } of entries) {
        written.push({ key, slot, count, found: placed !== undefined });
        if (!placed) continue;
        const record = counted(placed.record, count, slot);
        await runInContext(slot.context, () => this.trail.record(tx, record, { orgId: placed.orgId, occurredAt: slot.first }));
      }
    });
    const due = Date.now() + windowMs;
    for (const { key, slot, count, found } of written) {
      // Others may have been added meanwhile.
      slot.count -= count;
      slot.first = slot.last;
      if (found) slot.due = due;
      else if (slot.count === 0) this.slots.delete(key);
    }
  }

  private reportDropped(): void {
    if (this.unreported === 0) return;
    this.logger.error({ dropped: this.unreported }, 'The audit log had no room for what happened.');
    this.unreported = 0;
  }
}

const placedOf = async (what: PlacedRecord | RecordLookup): Promise<PlacedRecord | undefined> =>
  typeof what === 'function' ? what() : what;

const contextNow = (): RequestContext => {
  const { requestId, actor } = currentContext() ?? { requestId: newId() };
  return actor ? { requestId, actor } : { requestId };
};

const counted = (record: AuditRecord, count: number, { last }: Slot): AuditRecord =>
  count === 1 ? record : { ...record, details: { ...record.details, count, last_at: last.toISOString() } };
