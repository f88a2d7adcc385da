import { Inject, Injectable } from '@nestjs/common';
import { type ClickHouse, type Settings } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import type { PackTarget } from './received-pack.js';

// Set for every insert, whatever the server's profile says. Texts stay texts, so that one customer's dates don't change
// the type of a property for the others; of `{"a.b":1,"a":{"b":2}}`, which name one path twice, the first counts; a
// column that the table doesn't have is refused rather than dropped. All rows are one block, and so one part a month:
// nothing of an insert that holds an unreadable row is stored. Copies within it are left to merges and FINAL, as those of
// different inserts are: to look for them costs a fifth of an insert.
const insertSettings: Settings = {
  async_insert: 0,
  insert_deduplicate: 1,
  optimize_on_insert: 0,
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  input_format_parallel_parsing: 0,
  input_format_defaults_for_omitted_fields: 1,
  input_format_skip_unknown_fields: 0,
  type_json_skip_duplicated_paths: 1,
  max_insert_block_size: 1_048_576,
  input_format_max_block_size_bytes: 0,
  max_partitions_per_insert_block: 0,
};

const tables: Readonly<Record<PackTarget, string>> = { events: 'events', quarantine: 'events_quarantine' };

export interface QuarantinedRow {
  readonly org_id: string;
  readonly site_id: string;
  readonly batch_id: string;
  /** Place in the pack, from 0. */
  readonly row: number;
  readonly reason: string;
  /** Column, or path inside one; unset where unknown. */
  readonly path?: string;
  readonly raw: string;
  /** Milliseconds since the epoch. */
  readonly received_at: number;
}

/** ClickHouse took fewer rows than were sent: the compressed lines ended too early. */
export class IncompleteInsertError extends Error {
  override readonly name = 'IncompleteInsertError';
}

/** Writes to ClickHouse. A token stands for the same rows forever: ClickHouse drops what comes with it again. */
@Injectable()
export class EventStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  /**
   * Inserts compressed lines as they are; several packs behind one another are one zstd stream. Throws
   * {@link IncompleteInsertError} when fewer than `rows` came out of them.
   */
  async insertFolded(folded: Uint8Array, token: string, rows = 0, target: PackTarget = 'events'): Promise<void> {
    const written = await this.insert(target, folded, token, 'zstd');
    if (written < rows) throw new IncompleteInsertError(`ClickHouse took ${written} of ${rows} rows`);
  }

  async insertLines(lines: readonly string[], token: string, target: PackTarget = 'events'): Promise<void> {
    await this.insert(target, Buffer.from(lines.join('\n')), token);
  }

  /** The same row again is one: its place in its pack is its key. */
  async quarantine(...rows: readonly QuarantinedRow[]): Promise<void> {
    await this.insert('quarantine', Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')));
  }

  async ping(): Promise<void> {
    await this.clickHouse.run({ query: 'SELECT 1', timeoutMs: 2_000 });
  }

  private insert(target: PackTarget, data: Uint8Array, token?: string, encoding?: 'zstd'): Promise<number> {
    const settings = { ...insertSettings, ...(token === undefined ? {} : { insert_deduplication_token: token }) };
    const query = `INSERT INTO atrium.${tables[target]} FORMAT JSONEachRow`;
    return this.clickHouse.insert({ query, data, settings, ...(encoding ? { encoding } : {}) });
  }
}
