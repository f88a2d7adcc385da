import { endpoint, isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** What the catalog means to a source: nothing; count and list violations; keep them out, in quarantine. */
export const schemaMode = z.enum(['off', 'observe', 'enforce']);
/** What `enforce` does with events that the catalog doesn't know. */
export const unknownEvents = z.enum(['allow', 'quarantine']);
const judging = { schema_mode: schemaMode.optional(), unknown_events: unknownEvents.optional() };

export const source = z
  .object({
    id: uuid,
    name: z.string(),
    site_id: uuid,
    /** Publishable: it can only send events of its site. */
    write_key: z.string(),
    enabled: z.boolean(),
    schema_mode: schemaMode,
    unknown_events: unknownEvents,
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'EventSource' });
export type Source = z.output<typeof source>;

const byId = z.object({ id: uuid });
const may = (permission: string) => ({ kind: 'permission', permission, scope: 'site' }) as const;

export const listSources = endpoint({
  operationId: 'events.listSources',
  service: 'events',
  method: 'GET',
  path: '/api/v1/events/sources',
  summary: 'Event sources and their write keys',
  access: may('sources.read'),
  success: { status: 200, description: 'By name', schema: z.object({ data: z.array(source) }) },
  errors: ['FORBIDDEN'],
});

export const createSource = endpoint({
  operationId: 'events.createSource',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/sources',
  summary: 'Create an event source of a site',
  access: may('sources.create'),
  idempotent: true,
  body: z.strictObject({ name: line(120), site_id: uuid, ...judging }),
  success: { status: 201, description: 'The source with its write key', schema: source },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const updateSource = endpoint({
  operationId: 'events.updateSource',
  service: 'events',
  method: 'PATCH',
  path: '/api/v1/events/sources/{id}',
  summary: 'Rename, disable or enable a source, or say how it judges events by the catalog',
  access: may('sources.update'),
  params: byId,
  body: z.strictObject({ name: line(120).optional(), enabled: z.boolean().optional(), ...judging }),
  success: { status: 200, description: 'The changed source', schema: source },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const rotateSource = endpoint({
  operationId: 'events.rotateSource',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/sources/{id}/rotate',
  summary: 'Give a source a new write key; the old one stops working',
  access: may('sources.update'),
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'The source with its new key', schema: source },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const deleteSource = endpoint({
  operationId: 'events.deleteSource',
  service: 'events',
  method: 'DELETE',
  path: '/api/v1/events/sources/{id}',
  summary: 'Delete a source; its events stay',
  access: may('sources.delete'),
  params: byId,
  success: { status: 204, description: 'The write key no longer works' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
