import { endpoint, isoDateTime, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { quarantineCode } from './quarantine.endpoints.js';
import { eventName } from './event.schema.js';

const shared = {
  service: 'events',
  method: 'GET',
  access: { kind: 'permission', permission: 'events.read', scope: 'site' },
  limit: { requests: 120, windowSeconds: 60, per: 'principal' },
} as const;

const days = z.coerce.number().int().min(1).max(90).default(7);

export const suggestSchema = endpoint({
  ...shared,
  operationId: 'events.suggestSchema',
  path: '/api/v1/events/schema-suggestions',
  summary: 'A JSON Schema inferred from events that are stored',
  description: 'From a random sample: types, what is always there, few values, formats. A proposal to look at: what was never seen is not in it.',
  query: z.strictObject({ event: eventName, days, site_id: uuid.optional() }),
  success: {
    status: 200,
    description: 'The schema, and how many events it was read from',
    schema: z
      .object({ event: z.string(), days: z.int(), sample_size: z.int(), seen: z.int(), schema: z.record(z.string(), z.unknown()) })
      .meta({ id: 'SchemaSuggestion' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const listUncataloguedEvents = endpoint({
  ...shared,
  operationId: 'events.listUncataloguedEvents',
  path: '/api/v1/events/schema-suggestions/names',
  summary: 'Names of events that came in without being in the catalog',
  query: z.strictObject({ days, site_id: uuid.optional() }),
  success: {
    status: 200,
    description: 'The most frequent first; 1,000 at most',
    schema: z.object({ data: z.array(z.object({ event: z.string(), count: z.int(), last_seen: isoDateTime })) }),
  },
  errors: ['FORBIDDEN'],
});

export const countViolations = endpoint({
  ...shared,
  operationId: 'events.countViolations',
  path: '/api/v1/events/schema-violations',
  summary: 'What was wrong with events, observed or quarantined, and how often',
  query: z.strictObject({
    event: eventName.optional(),
    site_id: uuid.optional(),
    source_id: uuid.optional(),
    from: isoDateTimeWithOffset.optional(),
    to: isoDateTimeWithOffset.optional(),
  }),
  success: {
    status: 200,
    description: 'The most frequent first; 1,000 at most',
    schema: z.object({
      data: z.array(
        z.object({
          event: z.string(),
          source_id: uuid,
          schema_version: z.int(),
          code: quarantineCode,
          path: z.string(),
          message: z.string(),
          /** Stored all the same, since the source only observes. */
          observed: z.int(),
          /** Kept out. */
          quarantined: z.int(),
          last_seen: isoDateTime,
        }),
      ),
    }),
  },
  errors: ['FORBIDDEN'],
});
