import { endpoint, isoDateTime, line } from '@atrium/contract-kit';
import { z } from 'zod';
import { eventName } from './event.schema.js';

/** Limits of the catalog. What a schema may cost is bounded, since every event of its name pays it. */
export const schemaLimits = {
  perOrganization: 500,
  /** Of all present schemas of an organization as JSON. */
  organizationBytes: 1024 * 1024,
  /** Of the schema as JSON. */
  bytes: 32 * 1024,
  /** Schemas inside one another, references followed. */
  depth: 16,
  /** Subschemas in all, references followed. */
  subschemas: 500,
  /** Instructions of all compiled patterns: roughly their characters, repetitions written out. */
  patternSize: 2_000,
  /** Code units of a text that patterns and formats look at; a longer one doesn't match. */
  matchedText: 4_096,
  /** Items of a list that may have to be unique. */
  uniqueItems: 256,
  /** Versions kept of each name. */
  versions: 20,
} as const;

/** A schema is addressed by its name, and the gateway takes no path with an encoded slash, backslash or dot segment in it. */
const schemaName = eventName.regex(/^(?!\.{1,2}$)[^/\\%\u0000-\u001f\u007f]+$/, 'must not hold slashes, backslashes, percent signs or control characters');
const jsonSchema = z.record(z.string(), z.unknown());

export const eventSchemaSummary = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    version: z.int(),
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'EventSchemaSummary' });
export type EventSchemaSummary = z.output<typeof eventSchemaSummary>;

export const eventSchema = eventSchemaSummary
  .extend({
    /** JSON Schema (draft 2020-12) of the event's `properties`. */
    schema: jsonSchema,
    /** Newest first, the present one included. */
    versions: z.array(z.object({ version: z.int(), schema: jsonSchema, created_at: isoDateTime })),
  })
  .meta({ id: 'EventSchema' });
export type EventSchema = z.output<typeof eventSchema>;

const byName = z.object({ name: eventName });
const read = { kind: 'permission', permission: 'events.read', scope: 'site' } as const;
const limit = { requests: 60, windowSeconds: 60, per: 'principal' } as const;
/** The catalog holds for all sites of the organization. */
const change = { kind: 'permission', permission: 'sources.update', scope: 'org' } as const;
const description = line(500).nullable().optional();
const maxBodyBytes = 128 * 1024;
const dialect =
  'Draft 2020-12, of the event\'s `properties`. `$ref` leads to `#/$defs/…`, and never round in a circle; patterns are RE2\'s. A schema that is not valid is refused with the path of the fault.';

export const listSchemas = endpoint({
  operationId: 'events.listSchemas',
  service: 'events',
  method: 'GET',
  path: '/api/v1/events/schemas',
  summary: 'The event catalog',
  access: read,
  success: { status: 200, description: 'By name, without the schemas themselves', schema: z.object({ data: z.array(eventSchemaSummary) }) },
  errors: ['FORBIDDEN'],
});

export const createSchema = endpoint({
  operationId: 'events.createSchema',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events/schemas',
  summary: 'Put the JSON Schema of an event into the catalog',
  description: `${dialect} Sources judge by it within seconds, as their \`schema_mode\` says.`,
  access: change,
  limit,
  idempotent: true,
  body: z.strictObject({ name: schemaName, description, schema: jsonSchema }),
  maxBodyBytes,
  success: { status: 201, description: 'The schema; its ETag is its version', schema: eventSchema },
  errors: ['FORBIDDEN', 'CONFLICT'],
});

export const getSchema = endpoint({
  operationId: 'events.getSchema',
  service: 'events',
  method: 'GET',
  path: '/api/v1/events/schemas/{name}',
  summary: "An event's schema, with the versions before",
  access: read,
  params: byName,
  success: { status: 200, description: `The schema; the newest ${schemaLimits.versions} versions are kept`, schema: eventSchema, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const replaceSchema = endpoint({
  operationId: 'events.replaceSchema',
  service: 'events',
  method: 'PUT',
  path: '/api/v1/events/schemas/{name}',
  summary: "Make a new version of an event's schema",
  description: dialect,
  access: change,
  limit,
  ifMatch: true,
  params: byName,
  body: z.strictObject({ schema: jsonSchema, description }),
  maxBodyBytes,
  success: { status: 200, description: 'The schema in its new version', schema: eventSchema, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const deleteSchema = endpoint({
  operationId: 'events.deleteSchema',
  service: 'events',
  method: 'DELETE',
  path: '/api/v1/events/schemas/{name}',
  summary: 'Take an event out of the catalog',
  description: 'Made again, its versions go on where they ended.',
  access: change,
  limit,
  params: byName,
  success: { status: 204, description: 'Events of that name are unknown again' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
