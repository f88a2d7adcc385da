import { endpoint, isoDateTime } from '@atrium/contract-kit';
import { z } from 'zod';
import { eventName } from './event.schema.js';
import { basis, fieldName, groupValue, interval, measure, ordered, orderedProblem, span, timeZone } from './query.schema.js';

export const queryDefaults = {
  service: 'events',
  method: 'GET',
  access: { kind: 'permission', permission: 'events.read', scope: 'site' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'],
} as const;

const counting = span.extend({ event: eventName.optional(), measure: measure.default('events') });

export const countEvents = endpoint({
  ...queryDefaults,
  operationId: 'events.countEvents',
  path: '/api/v1/events/query/count',
  summary: 'Number of events, users or sessions in a span of time',
  query: counting.refine(ordered, orderedProblem),
  success: { status: 200, description: 'The count', schema: z.object({ count: z.int(), measure, ...basis }) },
});

/** Buckets that one answer may hold. */
export const maxBuckets = 10_000;
const points = z.array(z.object({ time: isoDateTime, count: z.int() }));

export const eventTimeseries = endpoint({
  ...queryDefaults,
  operationId: 'events.getTimeseries',
  path: '/api/v1/events/query/timeseries',
  summary: 'Numbers per interval; empty intervals are zeros',
  description: 'With `by`, also one series for each of the values that occur most.',
  query: counting
    .extend({
      interval: interval.default('day'),
      tz: timeZone.default('UTC'),
      by: fieldName.optional(),
      limit: z.coerce.number().int().min(1).max(20).default(5),
    })
    .refine(ordered, orderedProblem),
  success: {
    status: 200,
    description: 'In order of time',
    schema: z.object({
      interval,
      tz: z.string(),
      measure,
      data: points,
      series: z.array(z.object({ value: groupValue, data: points })).optional(),
      ...basis,
    }),
  },
});

export const eventBreakdown = endpoint({
  ...queryDefaults,
  operationId: 'events.getBreakdown',
  path: '/api/v1/events/query/breakdown',
  summary: 'Numbers by the values of a property or column: the values that occur most, and all others together',
  query: counting
    .extend({ by: fieldName, limit: z.coerce.number().int().min(1).max(1_000).default(10) })
    .refine(ordered, orderedProblem),
  success: {
    status: 200,
    description: 'Largest first',
    schema: z.object({
      by: z.string(),
      measure,
      data: z.array(z.object({ value: groupValue, count: z.int() })),
      /** How many more values there are, and their number together. */
      others: z.object({ values: z.int(), count: z.int() }),
      ...basis,
    }),
  },
});

export const queryBySql = endpoint({
  operationId: 'events.queryBySql',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/sql',
  summary: 'Run one read-only ClickHouse query over the table `events`',
  description:
    "The database itself shows this organization's rows alone. Parameters are ClickHouse's: `{name:Type}` in the query.",
  access: { kind: 'permission', permission: 'events.sql', scope: 'org' },
  limit: { requests: 120, windowSeconds: 60, per: 'principal' },
  body: z.strictObject({
    query: z.string().min(1).max(65_536),
    params: z
      .record(z.string().regex(/^[A-Za-z_]\w{0,63}$/), z.union([z.string().max(4096), z.number(), z.boolean()]))
      .optional(),
  }),
  success: {
    status: 200,
    description: 'Columns and rows; 10,000 rows at most',
    schema: z
      .object({
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
        data: z.array(z.record(z.string(), z.unknown())),
        rows: z.int(),
      })
      .meta({ id: 'SqlResult' }),
  },
  errors: ['FORBIDDEN'],
});
