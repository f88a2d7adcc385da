import { LOGGER, METRICS } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ClickHouseError, isDataError } from '../clickhouse/clickhouse-error.js';
import { type PackMessage, unfoldLines } from '../packs/pack-message.js';
import { EventStore } from './event-store.js';

const rowOrigin = z.object({ org_id: z.uuid(), site_id: z.uuid(), received_at: z.int() });

const maxReasonLength = 500;

/** The first line of what ClickHouse said; the rest quotes the row, which is kept beside it anyway. */
const reasonOf = (error: ClickHouseError): string => error.message.split('\n')[0]?.slice(0, maxReasonLength) ?? 'refused';

/**
 * Stores packs: one insert each, exactly once through redeliveries. Where ClickHouse can't read a row, the pack is
 * halved until that row stands alone; it goes to quarantine with the reason, and the others are stored.
 */
@Injectable()
export class PackStorage {
  private readonly stored;
  private readonly quarantined;

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.stored = metrics.counter({ name: 'events_stored_total', help: 'Events inserted, redelivered ones included.' });
    this.quarantined = metrics.counter({ name: 'events_quarantined_total', help: 'Events that ClickHouse could not read.' });
  }

  /** Rejects with the store's error unless every row is stored or in quarantine. */
  async storePack(pack: PackMessage): Promise<void> {
    const folded = Buffer.from(pack.data, 'base64');
    try {
      await this.store.insertFolded(folded, pack.batch_id);
      this.stored.inc(pack.rows);
    } catch (error) {
      if (!isDataError(error)) throw error;
      this.logger.warn({ batch_id: pack.batch_id, rows: pack.rows }, 'A pack holds rows that ClickHouse cannot read.');
      await this.storeParts(pack.batch_id, await unfoldLines(folded), 0, error);
    }
  }

  /** Halves lines that can't be inserted together. `first` is the place of the first of them in the pack. */
  private async storeParts(batchId: string, lines: readonly string[], first: number, error: ClickHouseError): Promise<void> {
    const [line] = lines;
    if (line === undefined) return;
    if (lines.length === 1) return this.quarantine(batchId, line, first, error);
    const half = Math.ceil(lines.length / 2);
    await this.storeRange(batchId, lines.slice(0, half), first);
    await this.storeRange(batchId, lines.slice(half), first + half);
  }

  private async storeRange(batchId: string, lines: readonly string[], first: number): Promise<void> {
    try {
      // The range is part of the token: a token must never stand for other rows.
      await this.store.insertLines(lines, `${batchId}:${first}+${lines.length}`);
      this.stored.inc(lines.length);
    } catch (error) {
      if (!isDataError(error)) throw error;
      await this.storeParts(batchId, lines, first, error);
    }
  }

  private async quarantine(batchId: string, raw: string, row: number, error: ClickHouseError): Promise<void> {
    const { org_id, site_id, received_at } = rowOrigin.parse(JSON.parse(raw));
    await this.store.quarantine({ org_id, site_id, batch_id: batchId, row, raw, received_at, reason: reasonOf(error) });
    this.quarantined.inc();
  }
}
