import type { InputOf, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';
import { filterOf } from './event-filter.js';
import { requireFewBuckets, startOf } from './time-buckets.js';

const counts = z.tuple([z.object({ count: z.int() })]);
const buckets = z.array(z.object({ time: z.int(), count: z.int() }));

type CountInput = InputOf<typeof eventsEndpoints.countEvents>;
type TimeseriesInput = InputOf<typeof eventsEndpoints.eventTimeseries>;
type Timeseries = OutputOf<typeof eventsEndpoints.eventTimeseries>;

/** Answers questions about events. */
@Injectable()
export class EventQueryService {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async count({ principal, query }: Pick<CountInput, 'principal' | 'query'>): Promise<{ count: number }> {
    const { where, parameters } = filterOf(principal, query);
    const rows = await this.analytics.rows({
      orgId: principal.orgId,
      query: `SELECT count() AS count FROM events WHERE ${where}`,
      parameters,
    });
    return counts.parse(rows)[0];
  }

  /** Every interval that the window touches, empty ones as zeros. */
  async timeseries({ principal, query }: Pick<TimeseriesInput, 'principal' | 'query'>): Promise<Timeseries> {
    requireFewBuckets(query, query.interval);
    const { where, parameters } = filterOf(principal, query);
    const start = startOf[query.interval];
    const step = `INTERVAL 1 ${query.interval.toUpperCase()}`;
    const last = start('fromUnixTimestamp64Milli({to:Int64} - 1)');
    const rows = await this.analytics.rows({
      orgId: principal.orgId,
      query: `SELECT toUnixTimestamp(toDateTime(bucket, {tz:String})) AS time, count FROM (
          SELECT ${start('ts')} AS bucket, count() AS count FROM events WHERE ${where} GROUP BY bucket
          ORDER BY bucket WITH FILL FROM ${start('fromUnixTimestamp64Milli({from:Int64})')} TO ${last} + ${step} STEP ${step}
        ) ORDER BY time`,
      parameters: { ...parameters, tz: query.tz },
    });
    const data = buckets.parse(rows).map(({ time, count }) => ({ time: new Date(time * 1000).toISOString(), count }));
    return { interval: query.interval, tz: query.tz, data };
  }
}
