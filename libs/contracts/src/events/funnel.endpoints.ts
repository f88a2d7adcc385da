import { endpoint } from '@atrium/contract-kit';
import { z } from 'zod';
import { queryDefaults } from './query.endpoints.js';
import { eventName } from './event.schema.js';
import { basis, conditions, fieldName, groupValue, json, ordered, orderedProblem, span, timeZone } from './query.schema.js';

/** What counts as a step: an event of that name, of any name where unset, that meets the filter. */
export const funnelStep = z.strictObject({ event: eventName.optional(), filter: conditions.optional() });
export type FunnelStep = z.output<typeof funnelStep>;

const day = 86_400;
const seconds = z.number().nullable();

const funnelSteps = z.array(
  z.object({
    event: z.string().nullable(),
    /** Users who came as far as this step. */
    users: z.int(),
    /** Their share of those who took the first step, and of those who took the one before; null without any. */
    conversion: z.number().nullable(),
    conversion_from_previous: z.number().nullable(),
    /** Median of the time since the step before. */
    median_seconds: seconds,
  }),
);
const funnelResult = {
  steps: funnelSteps,
  /** Share of those who took the first step who took the last one. */
  conversion: z.number().nullable(),
  /** Median of the time from the first step to the last. */
  median_seconds: seconds,
};

export const eventFunnel = endpoint({
  ...queryDefaults,
  operationId: 'events.getFunnel',
  path: '/api/v1/events/query/funnel',
  summary: 'How many users go through steps in order, and how long it takes them',
  description:
    '`steps` is JSON: `[{"event":"signed_up"},{"event":"paid","filter":[…]}]`. A user is their user_id, or else their anonymous_id. All steps lie within the window of time and `within` seconds from the first. With `order=strict` nothing else that the user does lies between.',
  query: span
    .extend({
      steps: json(z.array(funnelStep).min(2).max(10)),
      within: z.coerce.number().int().min(1).max(366 * day).default(7 * day),
      order: z.enum(['any_between', 'strict']).default('any_between'),
      by: fieldName.optional(),
      limit: z.coerce.number().int().min(1).max(20).default(5),
    })
    .refine(ordered, orderedProblem),
  success: {
    status: 200,
    description: 'The steps in order; with `by`, also for the users of each of the most frequent values at the first step',
    schema: z.object({
      ...funnelResult,
      within: z.int(),
      order: z.enum(['any_between', 'strict']),
      by: z.string().optional(),
      breakdown: z.array(z.object({ value: groupValue, ...funnelResult })).optional(),
      ...basis,
    }),
  },
});

/** Cohorts, and intervals that each is followed for. */
export const maxCohorts = 100;

export const eventRetention = endpoint({
  ...queryDefaults,
  operationId: 'events.getRetention',
  path: '/api/v1/events/query/retention',
  summary: 'Users by the interval of their first event, and how many of them came back in each interval after',
  description: '`first` and `returning` are JSON as the steps of a funnel; any event where unset.',
  query: span
    .extend({
      first: json(funnelStep).default({}),
      returning: json(funnelStep).default({}),
      interval: z.enum(['day', 'week', 'month']).default('day'),
      tz: timeZone.default('UTC'),
    })
    .refine(ordered, orderedProblem),
  success: {
    status: 200,
    description: 'Cohorts in order of time, empty ones included',
    schema: z.object({
      interval: z.enum(['day', 'week', 'month']),
      tz: z.string(),
      data: z.array(
        z.object({
          /** First day of the interval, in the time zone. */
          cohort: z.iso.date(),
          users: z.int(),
          /** Users who came back in the cohort's own interval, in the next one, and so on as far as the window reaches. */
          returned: z.array(z.int()),
        }),
      ),
      ...basis,
    }),
  },
});
