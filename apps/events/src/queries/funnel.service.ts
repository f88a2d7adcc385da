import type { InputOf, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';
import { basisOf } from './answer-basis.js';
import { whereOf } from './event-filter.js';
import { funnelSql } from './funnel-sql.js';
import { groupValueOf } from './group-key.js';
import { SqlParameters } from './sql-parameters.js';

type Input = Pick<InputOf<typeof eventsEndpoints.eventFunnel>, 'principal' | 'query'>;
type Funnel = OutputOf<typeof eventsEndpoints.eventFunnel>;

// A median of nothing is NaN, which ClickHouse writes as null.
const milliseconds = z.number().nullable();
const row = z.object({ value: z.string(), reached: z.array(z.int()), step_ms: z.array(milliseconds), total_ms: milliseconds });
type Row = z.output<typeof row>;

const secondsOf = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : value / 1000);
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** How many users go through steps in order. */
@Injectable()
export class FunnelService {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async funnel(input: Input): Promise<Funnel> {
    const { query } = input;
    const [all] = await this.rows(input);
    const none: Row = { value: '', reached: query.steps.map(() => 0), step_ms: [], total_ms: null };
    const answer = { ...resultOf(all ?? none, query), within: query.within, order: query.order, ...basisOf(query) };
    if (query.by === undefined) return answer;
    const groups = await this.rows(input, query.by);
    return { ...answer, by: query.by, breakdown: groups.map((group) => ({ value: groupValueOf(group.value), ...resultOf(group, query) })) };
  }

  private async rows({ principal, query }: Input, field?: string): Promise<Row[]> {
    const parameters = new SqlParameters();
    const where = whereOf(principal, query, parameters);
    const by = field === undefined ? undefined : { field, limit: query.limit };
    const sql = funnelSql({ steps: query.steps, within: query.within, order: query.order, where, by }, parameters);
    return z.array(row).parse(await this.analytics.rows({ orgId: principal.orgId, query: sql, parameters: parameters.values, heavy: true }));
  }
}

function resultOf({ reached, step_ms, total_ms }: Row, { steps, sample }: Input['query']) {
  const first = reached[0] ?? 0;
  return {
    steps: steps.map(({ event }, index) => ({
      event: event ?? null,
      users: (reached[index] ?? 0) * sample,
      conversion: share(reached[index] ?? 0, first),
      conversion_from_previous: index === 0 ? null : share(reached[index] ?? 0, reached[index - 1] ?? 0),
      median_seconds: index === 0 ? null : secondsOf(step_ms[index - 1]),
    })),
    conversion: share(reached.at(-1) ?? 0, first),
    median_seconds: secondsOf(total_ms),
  };
}
