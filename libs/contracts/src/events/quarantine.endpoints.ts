import { cursorPageOf, cursorQuery, endpoint, isoDateTime, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { eventName } from './event.schema.js';

/** `UNREADABLE`: the store could not read the row. */
export const quarantineCode = z.enum(['SCHEMA_VIOLATION', 'UNKNOWN_EVENT', 'UNREADABLE']);
export type QuarantineCode = z.output<typeof quarantineCode>;

/** `observed` ones were stored all the same. */
export const quarantineStatus = z.enum(['quarantined', 'replayed', 'discarded', 'observed']);
export type QuarantineStatus = z.output<typeof quarantineStatus>;

/** Events that one call judges at most. */
export const maxReplayed = 500;

export const quarantinedEvent = z
  .object({
    id: uuid,
    status: quarantineStatus,
    code: quarantineCode,
    message: z.string(),
    /** Of the value that failed, from the event's root: `properties.items.0.price`; empty for the whole. */
    path: z.string(),
    event: z.string(),
    event_id: uuid,
    site_id: uuid,
    /** Null where it was sent with a token. */
    source_id: uuid.nullable(),
    /** That it was judged by; null where it wasn't by one. */
    schema_version: z.int().nullable(),
    /** The row as it would have been stored; empty once it is no longer needed. */
    raw: z.string(),
    received_at: isoDateTime,
    /** When it was last judged. */
    quarantined_at: isoDateTime,
  })
  .meta({ id: 'QuarantinedEvent' });
export type QuarantinedEvent = z.output<typeof quarantinedEvent>;

/** `from` is inclusive, `to` exclusive; both of `received_at`. */
const filter = {
  code: quarantineCode.optional(),
  event: eventName.optional(),
  source_id: uuid.optional(),
  site_id: uuid.optional(),
  from: isoDateTimeWithOffset.optional(),
  to: isoDateTimeWithOffset.optional(),
};
export const quarantineFilter = z.strictObject(filter);
export type QuarantineFilter = z.output<typeof quarantineFilter>;

const chosen = z
  .strictObject({
    ids: z.array(uuid).min(1).max(maxReplayed).optional(),
    filter: quarantineFilter.optional(),
    /** Where a call before with the same filter ended. */
    cursor: z.string().max(1024).optional(),
  })
  .refine(({ ids, filter: wide }) => (ids === undefined) !== (wide === undefined), { path: ['ids'], message: 'give either ids or filter' })
  .refine(({ ids, cursor }) => ids === undefined || cursor === undefined, { path: ['cursor'], message: 'goes with filter alone' });
export type QuarantineChoice = z.output<typeof chosen>;

const rest = {
  /** Quarantined events of the choice that this call did not get to. */
  remaining: z.int(),
  /** Goes on behind those that were looked at; null when there are none left. */
  next_cursor: z.string().nullable(),
};

export const listQuarantine = endpoint({
  operationId: 'events.listQuarantine',
  service: 'events',
  method: 'GET',
  path: '/api/v1/events/quarantine',
  summary: 'Events that were kept out, with the reason',
  description: 'Newest first, 90 days back.',
  access: { kind: 'permission', permission: 'events.read', scope: 'site' },
  query: cursorQuery.extend({ ...filter, status: quarantineStatus.default('quarantined') }),
  success: { status: 200, description: 'Quarantined events', schema: cursorPageOf(quarantinedEvent) },
  errors: ['FORBIDDEN'],
});

export const replayQuarantine = endpoint({
  operationId: 'events.replayQuarantine',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/quarantine/replay',
  summary: 'Judge quarantined events again, and store those that pass',
  description:
    'As their sources judge now, with their own ids and times. What fails stays, with the new reason. An event is stored once, however often it is replayed.',
  access: { kind: 'permission', permission: 'sources.update', scope: 'site' },
  idempotent: true,
  limit: { requests: 60, windowSeconds: 60, per: 'principal' },
  body: chosen,
  success: {
    status: 200,
    description: `What became of up to ${maxReplayed} events, oldest first`,
    schema: z
      .object({
        replayed: z.int(),
        failed: z.int(),
        /** The first twenty. */
        failures: z.array(z.object({ id: uuid, code: quarantineCode, path: z.string(), message: z.string() })),
        ...rest,
      })
      .meta({ id: 'ReplayResult' }),
  },
  errors: ['FORBIDDEN', 'UPSTREAM_UNAVAILABLE'],
});

export const discardQuarantine = endpoint({
  operationId: 'events.discardQuarantine',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/quarantine/discard',
  summary: 'Give quarantined events up',
  access: { kind: 'permission', permission: 'sources.update', scope: 'site' },
  idempotent: true,
  body: chosen,
  success: {
    status: 200,
    description: `How many were given up, of up to ${maxReplayed}`,
    schema: z.object({ discarded: z.int(), ...rest }).meta({ id: 'DiscardResult' }),
  },
  errors: ['FORBIDDEN', 'UPSTREAM_UNAVAILABLE'],
});
