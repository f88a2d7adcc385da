import { endpoint, isoDateTime } from '@atrium/contract-kit';
import { z } from 'zod';

const shared = {
  service: 'events',
  method: 'GET',
  access: { kind: 'permission', permission: 'events.read', scope: 'org' },
} as const;

const counts = z.object({ accepted: z.int(), rejected: z.int(), quarantined: z.int() });

export const eventStats = endpoint({
  ...shared,
  operationId: 'events.getStats',
  path: '/api/v1/events/stats',
  summary: "What became of the organization's events, and how far the pipeline lags",
  description:
    'Accepted, rejected and quarantined are those of today (UTC), `last_hour` those of the last 55 to 60 minutes; rejected ones include what a quota refused. Events accepted within the last second may be missing. Backlog, age and lag are of the whole pipeline.',
  success: {
    status: 200,
    description: 'Counts of the organization; backlog and lag of the whole pipeline',
    schema: counts
      .extend({
        /** All events that are kept. */
        stored: z.int(),
        last_hour: counts,
        rejected_by_code: z.record(z.string(), z.int()),
        /** Most frequent first, 20 at most. */
        quarantined_by_reason: z.record(z.string(), z.int()),
        /** Queue messages (packs of events) that wait. */
        backlog: z.int(),
        /** Seconds that the oldest of them has waited, at most; 0 without backlog, null as long as nothing is known. */
        oldest_message_seconds: z.number().nullable(),
        /** Seconds that the newest stored event took from its acceptance; null without events. */
        lag_seconds: z.number().nullable(),
      })
      .meta({ id: 'EventStats' }),
  },
  errors: ['FORBIDDEN'],
});

export const eventUsage = endpoint({
  ...shared,
  operationId: 'events.getUsage',
  path: '/api/v1/events/usage',
  summary: "This month's events, and how many the organization may send",
  description: "Months are UTC. Beyond a quota events are refused with 429 and nothing of their request is taken. Quotas are set by the platform's operator.",
  success: {
    status: 200,
    description: 'Accepted events and quotas',
    schema: z
      .object({
        month: z.string().meta({ examples: ['2026-11'] }),
        accepted: z.int(),
        /** Events per month. */
        allowed: z.int(),
        /** Events per second, measured over 10 seconds. */
        rate: z.int(),
        /** When the next month begins. */
        resets_at: isoDateTime,
      })
      .meta({ id: 'EventUsage' }),
  },
  errors: ['FORBIDDEN'],
});
