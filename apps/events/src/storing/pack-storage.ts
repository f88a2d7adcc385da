import { LOGGER, METRICS } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { isTooMuchAtOnce, isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { EventStore } from './event-store.js';
import { PackLines } from './pack-lines.js';
import { type ReceivedPack, tokenOf } from './received-pack.js';
import { suspectedRow } from './row-refusal.js';
import { storeOrSplit } from './store-or-split.js';

const stored: PromiseSettledResult<void> = { status: 'fulfilled', value: undefined };

/**
 * Stores packs with one insert, exactly once through repeated tries. Where ClickHouse refuses it, the packs are told apart
 * until the one that it refuses stands alone, and then that one's rows.
 */
@Injectable()
export class PackStorage {
  private readonly storedRows;
  private readonly redeliveredRows;
  private readonly insertSeconds;
  private readonly insertRows;

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(PackLines) private readonly lines: PackLines,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.storedRows = metrics.counter({ name: 'events_stored_total', help: 'Events of packs that are stored; those of a pack that is delivered again count again.' });
    this.redeliveredRows = metrics.counter({ name: 'events_redelivered_total', help: 'Of events_stored_total, events of packs that had been delivered before.' });
    this.insertSeconds = metrics.histogram({ name: 'events_insert_seconds', help: 'Time of an insert that succeeded.' });
    this.insertRows = metrics.histogram({ name: 'events_insert_rows', help: 'Rows of an insert.', buckets: [1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000] });
  }

  /**
   * One result a pack, in their order: rejected where another delivery may mend it, or none (PoisonMessageError). Throws
   * when ClickHouse is out of reach; then it may be repeated with the same packs.
   */
  async storeTogether(packs: readonly ReceivedPack[]): Promise<readonly PromiseSettledResult<void>[]> {
    const results = new Map<string, PromiseSettledResult<void>>();
    // A pack may have been delivered twice; in order, so that the same packs are the same bytes.
    const unique = [...new Map(packs.map((pack) => [pack.id, pack])).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await storeOrSplit(unique, {
      store: async (some) => {
        await this.insert(some);
        for (const pack of some) results.set(pack.id, stored);
      },
      splits: (error, some) => !isTransientFailure(error) || (isTooMuchAtOnce(error) && some.length > 1),
      suspect: (error, some) => packOfRow(some, suspectedRow(error)),
      refused: async (pack, _index, error) => void results.set(pack.id, await this.storeLines(pack, error)),
    });
    return packs.map((pack) => results.get(pack.id) ?? { status: 'rejected', reason: new Error('The pack was not stored.') });
  }

  private async insert(packs: readonly ReceivedPack[]): Promise<void> {
    const rows = packs.reduce((sum, pack) => sum + pack.rows, 0);
    const folded = Buffer.concat(packs.map((pack) => pack.folded));
    const measured = this.insertSeconds.startTimer();
    await this.store.insertFolded(folded, tokenOf(packs.map(({ id }) => id)), rows, packs[0]?.target);
    measured();
    this.insertRows.observe(rows);
    for (const pack of packs) this.count(pack, pack.rows);
  }

  /** Of a pack that was refused alone. */
  private async storeLines(pack: ReceivedPack, error: unknown): Promise<PromiseSettledResult<void>> {
    this.logger.warn({ batch_id: pack.id, rows: pack.rows, err: error }, 'ClickHouse refuses a pack: storing it in parts.');
    try {
      this.count(pack, await this.lines.store(pack, error));
      return stored;
    } catch (reason) {
      if (isTransientFailure(reason)) throw reason;
      return { status: 'rejected', reason };
    }
  }

  private count({ isRedelivered, target }: ReceivedPack, rows: number): void {
    if (target === 'quarantine') return this.lines.countQuarantined('catalog', rows);
    this.storedRows.inc(rows);
    if (isRedelivered) this.redeliveredRows.inc(rows);
  }
}

function packOfRow(packs: readonly ReceivedPack[], row: number | undefined): number | undefined {
  if (row === undefined) return undefined;
  let behind = 0;
  const index = packs.findIndex(({ rows }) => (behind += rows) > row);
  return index === -1 ? undefined : index;
}
