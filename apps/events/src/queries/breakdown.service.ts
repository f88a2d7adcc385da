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

type Input = Pick<InputOf<typeof eventsEndpoints.eventBreakdown>, 'principal' | 'query'>;

const groups = z.array(z.object({ key: z.string(), count: z.int() }));
const rest = z.tuple([z.object({ values: z.int(), count: z.int() })]);

/** Numbers by the values of a field. */
@Injectable()
export class BreakdownService {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async breakdown(input: Input): Promise<OutputOf<typeof eventsEndpoints.eventBreakdown>> {
    const { query } = input;
    const top = await this.top(input);
    const shown = top.slice(0, query.limit);
    const others = top.length > query.limit ? await this.others(input) : { values: 0, count: 0 };
    return {
      by: query.by,
      measure: query.measure,
      data: shown.map(({ key, count }) => ({ value: groupValueOf(key), count: count * query.sample })),
      others: { values: others.values, count: others.count * query.sample },
      ...basisOf(query),
    };
  }

  /** One more than is shown, to know whether there are others. */
  private async top({ principal, query }: Input) {
    const parameters = new SqlParameters();
    const sql = `${groupsSql(principal, query, parameters)} LIMIT ${parameters.integer(query.limit + 1)}`;
    return groups.parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values }));
  }

  /** Counted anew: a user may be in several groups. */
  private async others({ principal, query }: Input) {
    const parameters = new SqlParameters();
    const shown = `SELECT key FROM (${groupsSql(principal, query, parameters)} LIMIT ${parameters.integer(query.limit)})`;
    const key = groupKeySql(query.by);
    const sql = `SELECT uniqExact(${key}) AS values, ${measureSql[query.measure]} AS count FROM events
      WHERE ${whereOf(principal, query, parameters)} AND ${key} NOT IN (${shown})`;
    return rest.parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values }))[0];
  }
}

const groupsSql = (principal: Input['principal'], query: Input['query'], parameters: SqlParameters): string =>
  `SELECT ${groupKeySql(query.by)} AS key, ${measureSql[query.measure]} AS count FROM events
    WHERE ${whereOf(principal, query, parameters)} GROUP BY key ORDER BY count DESC, key`;
