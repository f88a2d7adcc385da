import { quarantineCode, quarantineStatus } from '@atrium/contracts/events';
import { DomainError } from '@atrium/platform/errors';
import type { ListPosition } from '@atrium/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import type { ClickHouse, ClickHouseRequest } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import { type Condition, QuarantineConditions, type QuarantineSelection } from './quarantine-query.js';

const row = z.object({
  batch_id: z.uuid(),
  row: z.int(),
  id: z.uuid(),
  status: quarantineStatus,
  code: quarantineCode,
  reason: z.string(),
  path: z.string(),
  event_name: z.string(),
  event_id: z.string(),
  site_id: z.string(),
  source_id: z.string(),
  schema_version: z.int(),
  raw: z.string(),
  received: z.int(),
  quarantined: z.int(),
});
export type QuarantineRow = z.output<typeof row>;

/** What a row is from now on. */
export type Settled = Pick<QuarantineRow, 'status' | 'code' | 'reason' | 'path' | 'schema_version' | 'raw'>;

const columns = `batch_id, row, id, status, code, reason, path, event_name, event_id, site_id, source_id, schema_version, raw,
  toUnixTimestamp64Milli(received_at) AS received, toUnixTimestamp64Milli(quarantined_at) AS quarantined`;
const table = 'atrium.events_quarantine';
const key = 'toDate(received_at), batch_id, row';
const counted = z.tuple([z.object({ n: z.int() })]);

// A row's copies share its partition; the newest says what has become of it.
const reading = {
  readonly: 1, max_execution_time: 10, do_not_merge_across_partitions_select_final: 1, output_format_json_quote_64bit_integers: 0,
};

export interface QuarantinePage {
  readonly order: 'newest' | 'oldest';
  readonly after: ListPosition | undefined;
  readonly limit: number;
}

/** Rows of the quarantine in ClickHouse. The user that reads has no row policy, so each query names its organization. */
@Injectable()
export class QuarantineRepository {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  async page(selection: QuarantineSelection, { order, after, limit }: QuarantinePage): Promise<QuarantineRow[]> {
    const { where, parameters } = QuarantineConditions.of(selection).beyond(order, after).condition;
    const direction = order === 'newest' ? 'DESC' : 'ASC';
    const sorted = `ORDER BY received_at ${direction}, id ${direction}`;
    // Found by the small columns first; the events themselves are read for one page alone.
    const found = `SELECT ${key} FROM ${table} FINAL WHERE ${where} ${sorted} LIMIT ${limit}`;
    const query = `SELECT ${columns} FROM ${table} FINAL WHERE org_id = {org:UUID} AND (${key}) IN (${found}) ${sorted}`;
    return z.array(row).parse(await this.rows({ query, parameters }));
  }

  async count(selection: QuarantineSelection, after: ListPosition | undefined): Promise<number> {
    const { where, parameters } = QuarantineConditions.of(selection).beyond('oldest', after).condition;
    const [{ n }] = counted.parse(await this.rows({ query: `SELECT count() AS n FROM ${table} FINAL WHERE ${where}`, parameters }));
    return n;
  }

  /** Rows of any grouping under a condition that names the organization. */
  grouped(select: (from: string) => string, { where, parameters }: Condition): Promise<unknown[]> {
    return this.rows({ query: select(`${table} FINAL WHERE ${where}`), parameters });
  }

  /** Puts newer copies over the rows. */
  async settle(orgId: string, settled: readonly { readonly row: QuarantineRow; readonly becomes: Settled }[]): Promise<void> {
    if (settled.length === 0) return;
    const lines = settled.map(({ row: { received, quarantined, ...kept }, becomes: { status, code, reason, path, schema_version, raw } }) =>
      JSON.stringify({ ...kept, status, code, reason, path, schema_version, raw, org_id: orgId, received_at: received, quarantined_at: Math.max(Date.now(), quarantined + 1) }),
    );
    const data = Buffer.from(lines.join('\n'));
    await this.attempt(() => this.clickHouse.run({ query: `INSERT INTO ${table} FORMAT JSONEachRow`, data, settings: { async_insert: 0 } }));
  }

  private rows(request: Pick<ClickHouseRequest, 'query' | 'parameters'>): Promise<unknown[]> {
    return this.attempt(() => this.clickHouse.rows({ ...request, settings: reading, timeoutMs: 15_000 }));
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!isTransientFailure(cause)) throw cause;
      throw new DomainError('UPSTREAM_UNAVAILABLE', 'The quarantine can’t be reached right now.', { cause, retryAfterSeconds: 5 });
    }
  }
}
