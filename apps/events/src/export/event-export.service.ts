import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { FileBody, InputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { DomainError } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { Analytics } from '../queries/analytics.js';
import { whereOf } from '../queries/event-filter.js';
import { SqlParameters } from '../queries/sql-parameters.js';
import { maxExportSeconds, parallelExports } from './export-limits.js';
import { exportSql } from './export-sql.js';

type Input = Pick<InputOf<typeof eventsEndpoints.exportEvents>, 'principal' | 'query'>;

const types = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;

/** Flat memory: one thread, no sorting, small groups of rows; and no bound on rows, which leave as they come. */
const settings = {
  max_execution_time: maxExportSeconds,
  max_result_rows: 0,
  max_result_bytes: 0,
  max_rows_to_read: 0,
  max_bytes_to_read: 0,
  max_threads: 1,
  max_final_threads: 1,
  max_block_size: 8_192,
  http_send_timeout: 300,
  output_format_parallel_formatting: 0,
  output_format_parquet_row_group_size: 50_000,
  output_format_parquet_row_group_size_bytes: 33_554_432,
  output_format_parquet_parallel_encoding: 0,
  output_format_json_quote_64bit_integers: 0,
};

/** Hands ClickHouse's own formats through. */
@Injectable()
export class EventExportService {
  private readonly running = new Map<string, number>();
  private all = 0;

  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  /** Resolves when ClickHouse answers. Throws NOT_FOUND for a site that isn't seen, RATE_LIMITED, UPSTREAM_UNAVAILABLE. */
  async export({ principal, query }: Input): Promise<FileBody> {
    const parameters = new SqlParameters();
    const sql = exportSql(query.format, whereOf(principal, query, parameters));
    const end = this.begin(principal.orgId);
    const left = new AbortController();
    try {
      const rows = await this.analytics.stream({ orgId: principal.orgId, query: sql, parameters: parameters.values, settings }, left.signal);
      const zipped = query.compression === 'gzip';
      const pieces = zipped ? gzipped(rows) : rows[Symbol.asyncIterator]();
      const name = `events.${query.format}${zipped ? '.gz' : ''}`;
      return { type: zipped ? 'application/gzip' : types[query.format], name, [Symbol.asyncIterator]: () => cancellable(pieces, left, end) };
    } catch (error) {
      end();
      throw error;
    }
  }

  private begin(orgId: string): () => void {
    const running = this.running.get(orgId) ?? 0;
    if (running >= parallelExports.ofOrganization || this.all >= parallelExports.ofAll) {
      throw new DomainError('RATE_LIMITED', 'Too many exports are running; wait until one has ended.', { retryAfterSeconds: 30 });
    }
    this.running.set(orgId, running + 1);
    this.all += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.all -= 1;
      const left = (this.running.get(orgId) ?? 1) - 1;
      if (left === 0) this.running.delete(orgId);
      else this.running.set(orgId, left);
    };
  }
}

function gzipped(rows: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  const source = Readable.from(rows, { objectMode: false });
  const gzip = createGzip({ level: 4 });
  source.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => source.destroy());
  return source.pipe(gzip)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
}

/** Ends the query as soon as the caller leaves, though a piece may still be awaited. */
function cancellable(pieces: AsyncIterator<Uint8Array>, left: AbortController, end: () => void): AsyncIterator<Uint8Array> {
  return {
    next: async () => {
      try {
        const piece = await pieces.next();
        if (piece.done) end();
        return piece;
      } catch (error) {
        end();
        throw error;
      }
    },
    return: () => {
      end();
      left.abort();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
