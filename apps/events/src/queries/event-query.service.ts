import type { InputOf, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';
import { basisOf } from './answer-basis.js';
import { whereOf } from './event-filter.js';
import { groupKeySql, groupValueOf } from './group-key.js';
import { measureSql } from './measure-sql.js';
import { SqlParameters } from './sql-parameters.js';
import { pointsIn, requireFewBuckets, startOf } from './time-buckets.js';

const counts = z.tuple([z.object({ count: z.int() })]);
const starts = z.tuple([z.object({ times: z.array(z.int()) })]);
const keys = z.array(z.object({ key: z.string() }));
const buckets = z.array(z.object({ time: z.int(), key: z.string(), count: z.int() }));

type CountInput = Pick<InputOf<typeof eventsEndpoints.countEvents>, 'principal' | 'query'>;
type TimeseriesInput = Pick<InputOf<typeof eventsEndpoints.eventTimeseries>, 'principal' | 'query'>;
type Timeseries = OutputOf<typeof eventsEndpoints.eventTimeseries>;

/** Counts events, users or sessions. */
@Injectable()
export class EventQueryService {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async count({ principal, query }: CountInput): Promise<OutputOf<typeof eventsEndpoints.countEvents>> {
    const parameters = new SqlParameters();
    const where = whereOf(principal, query, parameters);
    const rows = await this.analytics.rows({
      orgId: principal.orgId,
      query: `SELECT ${measureSql[query.measure]} AS count FROM events WHERE ${where}`,
      parameters: parameters.values,
    });
    return { count: counts.parse(rows)[0].count * query.sample, measure: query.measure, ...basisOf(query) };
  }

  /** Every interval that the window touches, empty ones as zeros. */
  async timeseries(input: TimeseriesInput): Promise<Timeseries> {
    const { query } = input;
    requireFewBuckets(query, query.interval);
    const times = await this.times(input);
    const total = await this.pointsBy(input, `''`, undefined);
    const pointsOf = (counted: ReadonlyMap<string, number>, key: string) =>
      times.map((time) => ({ time: new Date(time * 1000).toISOString(), count: (counted.get(`${time} ${key}`) ?? 0) * query.sample }));
    const { interval, tz, measure } = query;
    const answer = { interval, tz, measure, data: pointsOf(total, ''), ...basisOf(query) };
    if (query.by === undefined) return answer;
    const top = await this.topKeys(input, groupKeySql(query.by));
    const counted = await this.pointsBy(input, groupKeySql(query.by), top);
    return { ...answer, series: top.map((key) => ({ value: groupValueOf(key), data: pointsOf(counted, key) })) };
  }

  /** Beginnings of all intervals of the window, in seconds of the epoch. */
  private async times({ principal, query }: TimeseriesInput): Promise<readonly number[]> {
    const parameters = new SqlParameters();
    const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
    const { step, count } = pointsIn(from, to, query.interval);
    const point = `fromUnixTimestamp64Milli(least(${parameters.integer(from)} + ${parameters.integer(step)} * toInt64(number), ${parameters.integer(to - 1)}))`;
    const start = startOf(query.interval, point, parameters.text(query.tz));
    const sql = `SELECT arraySort(groupUniqArray(${start})) AS times FROM numbers(${parameters.integer(count)})`;
    return starts.parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values }))[0].times;
  }

  /** Numbers by time and key, of these keys alone where given. */
  private async pointsBy({ principal, query }: TimeseriesInput, key: string, only: readonly string[] | undefined): Promise<Map<string, number>> {
    const parameters = new SqlParameters();
    const where = whereOf(principal, query, parameters);
    const among = only === undefined ? '' : ` AND has(${parameters.texts(only)}, ${key})`;
    const rows = await this.analytics.rows({
      orgId: principal.orgId,
      query: `SELECT ${startOf(query.interval, 'ts', parameters.text(query.tz))} AS time, ${key} AS key, ${measureSql[query.measure]} AS count
        FROM events WHERE ${where}${among} GROUP BY time, key`,
      parameters: parameters.values,
    });
    return new Map(buckets.parse(rows).map(({ time, key: value, count }) => [`${time} ${value}`, count]));
  }

  private async topKeys({ principal, query }: TimeseriesInput, key: string): Promise<string[]> {
    const parameters = new SqlParameters();
    const rows = await this.analytics.rows({
      orgId: principal.orgId,
      query: `SELECT ${key} AS key, ${measureSql[query.measure]} AS count FROM events WHERE ${whereOf(principal, query, parameters)}
        GROUP BY key ORDER BY count DESC, key LIMIT ${parameters.integer(query.limit)}`,
      parameters: parameters.values,
    });
    return keys.parse(rows).map((row) => row.key);
  }
}
