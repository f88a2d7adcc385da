import { randomUUID } from 'node:crypto';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { type ClickHouse, type ClickHouseRequest, type Settings } from '../clickhouse/clickhouse.js';
import { ClickHouseUnreachableError, isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { CLICKHOUSE_READER } from '../clickhouse/clickhouse.providers.js';
import { maxQuerySeconds } from './query-limits.js';
import { excessOf } from './sql-error.js';

export interface AnalyticsRequest extends Pick<ClickHouseRequest, 'query' | 'parameters' | 'settings'> {
  /** From the access token; the row policy shows this organization alone. */
  readonly orgId: string;
  /** … and this site of it alone, where one is named. */
  readonly siteId?: string;
  /** Keeps something of every user: more memory is given, and what comes near its end goes to disk. */
  readonly heavy?: boolean;
}

/** What the row policy of tenant_rows looks at: no query can change the id that it runs under. */
export const queryIdOf = ({ orgId, siteId }: Pick<AnalyticsRequest, 'orgId' | 'siteId'>): string =>
  `${orgId}${siteId === undefined ? '' : `/${siteId}`}.${randomUUID()}`;

/** Settings of the request for whoever may not change any. */
export const settingsOf = (request: Pick<AnalyticsRequest, 'orgId' | 'siteId'>): Settings => ({
  database: 'analytics',
  query_id: queryIdOf(request),
  // Shown in ClickHouse's own logs.
  log_comment: request.orgId,
  // Whose quota is used up.
  quota_key: request.orgId,
  readonly: 1,
  max_execution_time: maxQuerySeconds,
  // Copies of an event share a partition, so partitions needn't be merged with one another.
  do_not_merge_across_partitions_select_final: 1,
  // What is asked of the key (site, day, name) is looked at before rows are put together; other columns of copies may differ.
  optimize_move_to_prewhere_if_final: 1,
  // Else ClickHouse gives a query no second thread for each gigabyte that it may not have.
  max_threads_min_free_memory_per_thread: 33_554_432,
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 1,
});

/** Bytes. */
export const heavySettings: Settings = { max_memory_usage: 536_870_912, max_bytes_before_external_group_by: 402_653_184 };

/** Reads events as one organization. */
@Injectable()
export class Analytics {
  constructor(@Inject(CLICKHOUSE_READER) private readonly clickHouse: ClickHouse) {}

  /** The answer as text. Throws ClickHouseError for what is wrong with the query, UPSTREAM_UNAVAILABLE. */
  async run({ orgId, siteId, settings, ...request }: AnalyticsRequest): Promise<string> {
    try {
      return await this.clickHouse.run({
        ...request,
        settings: { ...settings, ...settingsOf({ orgId, ...(siteId === undefined ? {} : { siteId }) }) },
        timeoutMs: (maxQuerySeconds + 5) * 1_000,
      });
    } catch (cause) {
      if (cause instanceof ClickHouseUnreachableError) throw unavailable(cause);
      throw cause;
    }
  }

  /** The query as ClickHouse itself writes it, in one line: what checks of its text look at. Throws ClickHouseError where it is none. */
  formatted(orgId: string, query: string): Promise<string> {
    const formatting = 'SELECT formatQuerySingleLine({atrium_query:String}) FORMAT TSVRaw';
    return this.run({ orgId, query: formatting, parameters: { atrium_query: query } });
  }

  /** Rows of one of the service's own queries. Throws VALIDATION_ERROR for what asks too much, UPSTREAM_UNAVAILABLE. */
  async rows({ heavy, ...request }: AnalyticsRequest): Promise<unknown[]> {
    try {
      const settings = { default_format: 'JSONEachRow', output_format_json_quote_64bit_integers: 0, ...(heavy ? heavySettings : {}) };
      const text = await this.run({ ...request, settings });
      return text.split('\n').filter(Boolean).map((line): unknown => JSON.parse(line));
    } catch (cause) {
      const excess = excessOf(cause);
      if (excess !== undefined) throw invalidField('query', `${excess}, or take a sample`);
      if (isTransientFailure(cause)) throw unavailable(cause);
      throw cause;
    }
  }

  /** Bytes in the query's own format, as they come. Rejects as {@link rows} does; throws what fails later. */
  async stream({ orgId, settings, ...request }: AnalyticsRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    try {
      return await this.clickHouse.stream({ ...request, settings: { ...settingsOf({ orgId }), wait_end_of_query: 0, ...settings } }, signal);
    } catch (cause) {
      if (isTransientFailure(cause)) throw unavailable(cause);
      throw cause;
    }
  }
}

const unavailable = (cause: unknown): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', 'Events can’t be queried right now.', { cause, retryAfterSeconds: 5 });
