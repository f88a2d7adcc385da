import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { type eventsEndpoints, maxCohorts } from '@atrium/contracts/events';
import { invalidField } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';
import { basisOf } from './answer-basis.js';
import { calendarIndexSql, firstDayOf } from './calendar-index.js';
import { stepSql, whereOf } from './event-filter.js';
import { ofSomebody, somebodyHash } from './measure-sql.js';
import { SqlParameters } from './sql-parameters.js';

type Input = Pick<InputOf<typeof eventsEndpoints.eventRetention>, 'principal' | 'query'>;

const ends = z.tuple([z.object({ first: z.int(), last: z.int() })]);
const cells = z.array(z.object({ cohort: z.int(), users: z.int(), period: z.array(z.int()), returned: z.array(z.int()) }));

/** Who came back, by the interval of their first event. */
@Injectable()
export class RetentionService {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async retention(input: Input): Promise<OutputOf<typeof eventsEndpoints.eventRetention>> {
    const { query } = input;
    const { first, last } = await this.ends(input);
    if (last - first >= maxCohorts) throw invalidField('interval', `must divide the window into ${maxCohorts} parts at most`);
    const byCohort = new Map((await this.cells(input)).map((row) => [row.cohort, row]));
    const data = Array.from({ length: last - first + 1 }, (_, place) => {
      const row = byCohort.get(first + place);
      const back = new Map(row?.period.map((period, index) => [period, row.returned[index] ?? 0]));
      return {
        cohort: firstDayOf(query.interval, first + place),
        users: (row?.users ?? 0) * query.sample,
        returned: Array.from({ length: last - first - place + 1 }, (__, period) => (back.get(period) ?? 0) * query.sample),
      };
    });
    return { interval: query.interval, tz: query.tz, data, ...basisOf(query) };
  }

  /** The first interval of the window and the last one. */
  private async ends({ principal, query }: Input) {
    const parameters = new SqlParameters();
    const tz = parameters.text(query.tz);
    const at = (time: number) => calendarIndexSql(query.interval, `fromUnixTimestamp64Milli(${parameters.integer(time)})`, tz);
    const sql = `SELECT ${at(Date.parse(query.from))} AS first, ${at(Date.parse(query.to) - 1)} AS last`;
    return ends.parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values }))[0];
  }

  private async cells({ principal, query }: Input) {
    const parameters = new SqlParameters();
    const index = calendarIndexSql(query.interval, 'ts', parameters.text(query.tz));
    const [first, returning] = [stepSql(query.first, parameters), stepSql(query.returning, parameters)];
    const names = [query.first.event, query.returning.event];
    const named = names.every((name) => name !== undefined) ? `event_name IN (${names.map((name) => parameters.text(name)).join(', ')}) AND ` : '';
    // Of each interval the last return, since one before the first event is none.
    const sql = `SELECT cohort, users, groupArray(period) AS period, groupArray(returned) AS returned FROM (
        SELECT cohort, toInt32(back.1) - cohort AS period, countIf(back.2 >= began) AS returned, max(size) AS users
        FROM (
          SELECT cohort, began, backs, count() OVER (PARTITION BY cohort) AS size FROM (
            SELECT toInt64(minIf(toUnixTimestamp64Milli(ts), ${first})) AS began,
              toInt32(argMinIf(${index}, ts, ${first})) AS cohort,
              maxMapIf(map(${index}, toUnixTimestamp64Milli(ts)), ${returning}) AS backs
            FROM events WHERE ${named}${whereOf(principal, query, parameters)} AND ${ofSomebody}
            GROUP BY ${somebodyHash} HAVING countIf(${first}) > 0
          )
        ) LEFT ARRAY JOIN CAST(backs, 'Array(Tuple(Int32, Int64))') AS back
        GROUP BY cohort, period
      ) GROUP BY cohort, users`;
    return cells.parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values, heavy: true }));
  }
}
