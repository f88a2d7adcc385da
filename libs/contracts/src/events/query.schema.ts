import { isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** Columns of an event that questions may name; any other name is one of its properties. */
export const textColumns = [
  'event', 'type', 'user_id', 'anonymous_id', 'session_id', 'site_id', 'source_id', 'event_id', 'user_agent', 'ip',
  'group_id', 'previous_id', 'browser', 'browser_version', 'os', 'os_version', 'device_type', 'is_bot', 'page_host', 'page_path',
  'referrer_host', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'locale', 'library_name',
] as const;
export const timeColumns = ['timestamp', 'received_at'] as const;

const isPath = (name: string): boolean => name.split('.').every((key) => key.length > 0);

/**
 * A column, or the path of a property: `plan` and `properties.plan` are one, `context.page.url` is of the context. What
 * has the name of a column is a property only with `properties.` in front.
 */
export const fieldName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
  .refine(isPath, 'must be keys joined by dots');

const text = z.string().max(1024);
const scalar = z.union([text, z.number(), z.boolean()]);
const comparable = z.union([text, z.number()]);
const property = { property: fieldName };

/** One condition on an event. A value is compared with values of its own type alone: a number with numbers. */
export const condition = z.discriminatedUnion('op', [
  z.strictObject({ ...property, op: z.enum(['eq', 'neq']), value: scalar }),
  z.strictObject({ ...property, op: z.enum(['in', 'not_in']), value: z.array(scalar).min(1).max(100) }),
  z.strictObject({ ...property, op: z.enum(['gt', 'gte', 'lt', 'lte']), value: comparable }),
  z.strictObject({ ...property, op: z.enum(['contains', 'starts_with']), value: text.min(1) }),
  z.strictObject({ ...property, op: z.enum(['exists', 'not_exists']) }),
]);
export type Condition = z.output<typeof condition>;

/** Conditions that all hold. */
export const conditions = z.array(condition).max(20);

/** JSON in a query parameter. */
export const json = <S extends z.ZodType>(schema: S, maxLength = 8192) =>
  z
    .string()
    .max(maxLength)
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** Any name of the IANA database, old ones included: asked of Intl, whose own list holds one name a zone. */
function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
export const timeZone = z.string().max(64).regex(/^[A-Za-z]/).refine(isTimeZone, 'must be an IANA time zone');

export const measure = z.enum(['events', 'users', 'sessions']);
export type Measure = z.output<typeof measure>;
export const interval = z.enum(['minute', 'hour', 'day', 'week', 'month']);

/** `from` is inclusive, `to` exclusive. `sample=10` looks at one of ten users, and multiplies what it counts by ten. */
export const span = z.strictObject({
  from: isoDateTimeWithOffset,
  to: isoDateTimeWithOffset,
  site_id: uuid.optional(),
  filter: json(conditions).optional(),
  sample: z.coerce.number().int().min(1).max(1_000).default(1),
});
export type Span = z.output<typeof span>;

export const ordered = (query: { from: string; to: string }): boolean => Date.parse(query.from) < Date.parse(query.to);
export const orderedProblem = { path: ['to'], message: 'must be later than from' };

/** What an answer says of how it was made. */
export const basis = {
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  /** Whether numbers are estimates from a part of the users. */
  sampled: z.boolean(),
  /** One of so many users was looked at; numbers are multiplied by it already. */
  sample_factor: z.int(),
};

/** A value that events were grouped by; null where they have none. Lists are their JSON. */
export const groupValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type GroupValue = z.output<typeof groupValue>;
