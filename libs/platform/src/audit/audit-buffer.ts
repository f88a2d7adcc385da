import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEntry } from '@atrium/contract-kit';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, METRICS, runInContext } from '../context/index.js';
import { Database, type Transaction } from '../database/index.js';
import { isGivenUp, isUnavailable } from '../http/unavailable.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { AuditSlots, type PlacedRecord, type RecordLookup, type Slot } from './audit-slots.js';
import { AuditTrail } from './audit-trail.js';

interface Found {
  readonly slot: Slot;
  readonly count: number;
  readonly placed: PlacedRecord;
}

const tickMs = 1_000;
const batchSize = 100;

/**
 * Entries of what changes no state, and so has no transaction to belong to: denials, failed sign-ins. They are kept in
 * memory for a second and written in batches. What repeats within a minute becomes one entry with a count, so that a
 * flood cannot fill the log; what finds no room is dropped, counted and told in the service's own log.
 */
@Injectable()
export class AuditBuffer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly slots = new AuditSlots();
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
    this.dropped = metrics.counter({ name: 'audit_dropped_total', help: 'Happenings that did not reach the audit log.' });
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
    if (!this.slots.add(key, what)) this.unreported += 1;
    if (this.stopping) void this.flush();
  }

  /** Writes what is due, and all there is when the process ends. Never rejects. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.outside(() => this.writeDue()));
    return this.flushing;
  }

  private async writeDue(): Promise<void> {
    this.reportDropped();
    const due = this.slots.due(this.stopping);
    for (let start = 0; start < due.length; start += batchSize) {
      if (!(await this.tryWrite(due.slice(start, start + batchSize)))) return;
    }
  }

  /** What can never be written is dropped alone. @returns false while the database is down: the slots stay */
  private async tryWrite(batch: readonly Slot[]): Promise<boolean> {
    try {
      await this.write(batch);
      this.failing = false;
      return true;
    } catch (error) {
      if (isUnavailable(error) || isGivenUp(error)) {
        // Once per outage.
        if (!this.failing) this.logger.error({ err: error }, 'The audit log could not be written; trying again.');
        this.failing = true;
        return false;
      }
      return batch.length > 1 ? this.writeOneByOne(batch) : this.giveUp(batch, error);
    }
  }

  private async writeOneByOne(batch: readonly Slot[]): Promise<boolean> {
    for (const slot of batch) if (!(await this.tryWrite([slot]))) return false;
    return true;
  }

  private giveUp([slot]: readonly Slot[], error: unknown): true {
    this.logger.error({ err: error }, 'An entry of the audit log can never be written.');
    this.dropped.inc(slot?.count ?? 0);
    if (slot) this.slots.forget(slot);
    return true;
  }

  private async write(batch: readonly Slot[]): Promise<void> {
    const found: Found[] = [];
    for (const slot of batch) {
      const { count, what } = slot;
      const placed = typeof what === 'function' ? await what() : what;
      if (placed) found.push({ slot, count, placed });
      else this.slots.forget(slot);
    }
    await this.database.withoutTenant(async (tx) => {
      for (const one of found) await runInContext(one.slot.context, () => this.record(tx, one));
    });
    for (const { slot, count } of found) this.slots.written(slot, count);
  }

  private record(tx: Transaction, { slot, count, placed: { record, orgId } }: Found): Promise<void> {
    const more: AuditEntry['details'] = count === 1 ? {} : { count, last_at: slot.last.toISOString() };
    return this.trail.record(tx, { ...record, details: { ...record.details, ...more } }, { orgId, occurredAt: slot.first });
  }

  private reportDropped(): void {
    if (this.unreported === 0) return;
    this.dropped.inc(this.unreported);
    this.logger.error({ dropped: this.unreported }, 'The audit log had no room for what happened.');
    this.unreported = 0;
  }
}
