import { randomUUID } from 'node:crypto';
import { DomainError } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { type ClickHouse, type ClickHouseRequest, type Settings } from '../clickhouse/clickhouse.js';
import { ClickHouseUnreachableError, isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { CLICKHOUSE_READER } from '../clickhouse/clickhouse.providers.js';

export interface AnalyticsRequest extends Pick<ClickHouseRequest, 'query' | 'parameters' | 'settings'> {
  /** From the access token; the row policy shows this organization alone. */
  readonly orgId: string;
  /** … and this site of it alone, where one is named. */
  readonly siteId?: string;
}

/** Seconds. */
export const maxQuerySeconds = 10;

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
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 1,
});

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

  /** Rows of one of the service's own queries. Throws UPSTREAM_TIMEOUT and UPSTREAM_UNAVAILABLE. */
  async rows(request: AnalyticsRequest): Promise<unknown[]> {
    try {
      const settings = { default_format: 'JSONEachRow', output_format_json_quote_64bit_integers: 0 };
      const text = await this.run({ ...request, settings });
      return text.split('\n').filter(Boolean).map((line): unknown => JSON.parse(line));
    } catch (cause) {
      if (isTransientFailure(cause)) throw unavailable(cause);
      throw cause;
    }
  }
}

const unavailable = (cause: unknown): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', 'Events can’t be queried right now.', { cause, retryAfterSeconds: 5 });
