import { Inject, Injectable } from '@nestjs/common';
import { type ClickHouse, type Settings } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';

// Set for every insert, whatever the server's profile says. Texts stay texts, so that one customer's dates don't change
// the type of a property for the others; of `{"a.b":1,"a":{"b":2}}`, which name one path twice, the first counts.
const insertSettings: Settings = {
  async_insert: 0,
  insert_deduplicate: 1,
  wait_end_of_query: 1,
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  input_format_parallel_parsing: 0,
  input_format_defaults_for_omitted_fields: 1,
  type_json_skip_duplicated_paths: 1,
};

const statement = (table: string) => `INSERT INTO atrium.${table} FORMAT JSONEachRow`;

export interface QuarantinedRow {
  readonly org_id: string;
  readonly site_id: string;
  readonly batch_id: string;
  /** Place in the pack, from 0. */
  readonly row: number;
  readonly reason: string;
  readonly raw: string;
  /** Milliseconds since the epoch. */
  readonly received_at: number;
}

/** Writes events to ClickHouse. A token stands for the same rows forever: ClickHouse drops what comes with it again. */
@Injectable()
export class EventStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  /** Inserts a pack's compressed lines as they are. */
  async insertFolded(folded: Uint8Array, token: string): Promise<void> {
    await this.insert('events', folded, token, 'zstd');
  }

  async insertLines(lines: readonly string[], token: string): Promise<void> {
    await this.insert('events', Buffer.from(lines.join('\n')), token);
  }

  async quarantine(row: QuarantinedRow): Promise<void> {
    await this.insert('events_quarantine', Buffer.from(JSON.stringify(row)), `${row.batch_id}:quarantine:${row.row}`);
  }

  async ping(): Promise<void> {
    await this.clickHouse.run({ query: 'SELECT 1', timeoutMs: 2_000 });
  }

  private async insert(table: string, data: Uint8Array, token: string, encoding?: 'zstd'): Promise<void> {
    const settings = { ...insertSettings, insert_deduplication_token: token };
    await this.clickHouse.run({ query: statement(table), data, settings, ...(encoding ? { encoding } : {}) });
  }
}
