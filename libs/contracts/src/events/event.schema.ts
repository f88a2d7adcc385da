import { isoDateTimeWithOffset } from '@atrium/contract-kit';
import { z } from 'zod';

export const eventTypes = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;

/** Limits of one ingest request. Bodies are measured as they unfold, so that a compressed bomb costs nothing. */
export const ingestLimits = { eventBytes: 32 * 1024, batchEvents: 1000, bodyBytes: 1024 * 1024 } as const;

export const eventName = z.string().min(1).max(256);

const properties = z.record(z.string(), z.unknown());

/** One product event, as a client sends it. */
export const ingestEvent = z
  .strictObject({
    event_id: z.uuid().optional(),
    type: z.enum(eventTypes).optional(),
    event: eventName,
    user_id: z.string().min(1).max(256).optional(),
    anonymous_id: z.string().min(1).max(256).optional(),
    session_id: z.string().min(1).max(256).optional(),
    /** Whom a `group` event puts the person into; the id that an `alias` event replaces. */
    group_id: z.string().min(1).max(256).optional(),
    previous_id: z.string().min(1).max(256).optional(),
    timestamp: isoDateTimeWithOffset.optional(),
    sent_at: isoDateTimeWithOffset.optional(),
    properties: properties.optional(),
    context: properties.optional(),
  })
  .meta({ id: 'Event' });
export type IngestEvent = z.output<typeof ingestEvent>;

export const ingestBody = z.union([
  ingestEvent,
  z.strictObject({
    batch: z.array(ingestEvent).min(1).max(ingestLimits.batchEvents),
    sent_at: isoDateTimeWithOffset.optional(),
  }),
]);

export const ingestAnswer = z
  .object({
    accepted: z.int(),
    rejected: z.array(z.object({ index: z.int(), code: z.string(), message: z.string() })),
  })
  .meta({ id: 'IngestAnswer' });
export type IngestAnswer = z.output<typeof ingestAnswer>;
