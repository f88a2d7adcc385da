import { METRICS } from '@atrium/platform/context';
import { PoisonMessageError } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ClickHouseError, isDataError } from '../clickhouse/clickhouse-error.js';
import { unfoldLines } from '../packs/pack-message.js';
import { EventStore, IncompleteInsertError, type QuarantinedRow } from './event-store.js';
import type { ReceivedPack } from './received-pack.js';
import { describeRefusal, suspectedRow } from './row-refusal.js';
import { storeOrSplit } from './store-or-split.js';

const rowOrigin = z.object({ org_id: z.uuid(), site_id: z.uuid(), received_at: z.int() });

/** Rows of one insert into the quarantine. */
const quarantineTogether = 1_000;

const zstdDecoderFailed = 561;
const isAboutContent = (error: unknown): boolean =>
  isDataError(error) || error instanceof IncompleteInsertError || (error instanceof ClickHouseError && error.code === zstdDecoderFailed);

async function unfold(pack: ReceivedPack): Promise<string[]> {
  try {
    return await unfoldLines(pack.folded);
  } catch (cause) {
    throw new PoisonMessageError(`the lines of pack ${pack.id} do not unfold`, { cause });
  }
}

function quarantinedRow(pack: ReceivedPack, raw: string, row: number, error: unknown): QuarantinedRow | undefined {
  try {
    const { org_id, site_id, received_at } = rowOrigin.parse(JSON.parse(raw));
    return { org_id, site_id, batch_id: pack.id, row, raw, received_at, ...describeRefusal(error) };
  } catch {
    return undefined;
  }
}

/** Stores a pack that was refused as a whole, in as few parts as it can. Rows that ClickHouse can't read go to quarantine. */
@Injectable()
export class PackLines {
  private readonly quarantined;

  constructor(
    @Inject(EventStore) private readonly events: EventStore,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.quarantined = metrics.counter({ name: 'events_quarantined_total', help: 'Events put into quarantine: kept out by the catalog, or unreadable for ClickHouse.', labels: ['reason'] });
  }

  countQuarantined(reason: 'catalog' | 'unreadable', rows: number): void {
    this.quarantined.inc({ reason }, rows);
  }

  /**
   * How many rows were stored; the others are in quarantine. Throws the pack's own error where that is not about its
   * content, and PoisonMessageError, after all others are stored, when a row names no organization whose quarantine would take it.
   */
  async store(pack: ReceivedPack, error: unknown): Promise<number> {
    if (!isAboutContent(error)) throw error;
    const lines = await unfold(pack);
    const refused: QuarantinedRow[] = [];
    const homeless: number[] = [];
    await storeOrSplit(lines, {
      // The range is part of the token: a token must never stand for other rows.
      store: (some, first) => this.events.insertLines(some, `${pack.id}:${first}+${some.length}`, pack.target),
      splits: isDataError,
      suspect: suspectedRow,
      refused: (line, index, refusal) => {
        const row = quarantinedRow(pack, line, index, refusal);
        if (row) refused.push(row);
        else homeless.push(index);
      },
    });
    for (let at = 0; at < refused.length; at += quarantineTogether) await this.events.quarantine(...refused.slice(at, at + quarantineTogether));
    this.countQuarantined('unreadable', refused.length);
    if (homeless.length > 0) throw new PoisonMessageError(`rows ${homeless.slice(0, 10).join(', ')} of pack ${pack.id} are no JSON or name no organization`);
    return lines.length - refused.length;
  }
}
