import { endpoint, isoDateTime, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

const shared = {
  service: 'events',
  method: 'GET',
  access: { kind: 'permission', permission: 'events.read', scope: 'site' },
} as const;

/** Any name of the IANA database, old ones included: asked of Intl, whose own list holds one name a zone. */
function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
const timeZone = z.string().max(64).regex(/^[A-Za-z]/).refine(isTimeZone, 'must be an IANA time zone');

/** `from` is inclusive, `to` exclusive. */
const window = z.strictObject({
  event: z.string().min(1).max(256).optional(),
  from: isoDateTimeWithOffset,
  to: isoDateTimeWithOffset,
  site_id: uuid.optional(),
});
const ordered = (query: { from: string; to: string }) => Date.parse(query.from) < Date.parse(query.to);
const orderedProblem = { path: ['to'], message: 'must be later than from' };

export const countEvents = endpoint({
  ...shared,
  operationId: 'events.countEvents',
  path: '/api/v1/events/query/count',
  summary: 'Number of events in a span of time',
  query: window.refine(ordered, orderedProblem),
  success: { status: 200, description: 'The count', schema: z.object({ count: z.int() }) },
  errors: ['FORBIDDEN'],
});

/** Buckets that one answer may hold. */
export const maxBuckets = 10_000;
export const interval = z.enum(['minute', 'hour', 'day', 'week', 'month']);

export const eventTimeseries = endpoint({
  ...shared,
  operationId: 'events.getTimeseries',
  path: '/api/v1/events/query/timeseries',
  summary: 'Number of events per interval; empty intervals are zeros',
  query: window
    .extend({ interval: interval.default('day'), tz: timeZone.default('UTC') })
    .refine(ordered, orderedProblem),
  success: {
    status: 200,
    description: 'In order of time',
    schema: z.object({
      interval,
      tz: z.string(),
      data: z.array(z.object({ time: isoDateTime, count: z.int() })),
    }),
  },
  errors: ['FORBIDDEN'],
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
