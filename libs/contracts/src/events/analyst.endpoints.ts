import { endpoint, isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

const fields = {
  id: uuid,
  name: z.string(),
  username: z.string(),
  site_id: uuid.nullable().meta({ description: 'Null where all sites of the organization are seen.' }),
  url: z.string().meta({ description: "Where the tool connects by ClickHouse's HTTP interface." }),
  host: z.string(),
  port: z.int(),
  secure: z.boolean().meta({ description: 'Whether the tool must use TLS.' }),
  database: z.string(),
  created_at: isoDateTime,
  rotated_at: isoDateTime.nullable(),
};

/** An account with which a tool (Grafana, Metabase, DBeaver) reads one organization's events. */
export const analyst = z.object(fields).meta({ id: 'Analyst' });
export type Analyst = z.output<typeof analyst>;

export const newAnalyst = z
  .object({
    ...fields,
    password: z.string().nullable().meta({ description: 'Shown this once and kept nowhere: null when the answer is replayed for an Idempotency-Key.' }),
  })
  .meta({ id: 'NewAnalyst' });
export type NewAnalyst = z.output<typeof newAnalyst>;

/** Accounts of one organization. */
export const maxAnalysts = 50;

// In person: a program's key would make accounts that outlive it.
const shared = { service: 'events', access: { kind: 'permission', permission: 'analysts.manage', scope: 'org' }, apiKeys: 'refused' } as const;
const byId = z.object({ id: uuid });

export const listAnalysts = endpoint({
  ...shared,
  operationId: 'events.listAnalysts',
  method: 'GET',
  path: '/api/v1/events/analysts',
  summary: "Accounts with which tools read events by ClickHouse's own interface",
  success: { status: 200, description: 'By name', schema: z.object({ data: z.array(analyst) }) },
  errors: ['FORBIDDEN'],
});

export const createAnalyst = endpoint({
  ...shared,
  operationId: 'events.createAnalyst',
  method: 'POST',
  path: '/api/v1/events/analysts',
  summary: 'Make such an account',
  description: `It sees the organization's events alone, or one site's, and changes nothing. An organization has ${maxAnalysts} at most.`,
  idempotent: true,
  body: z.strictObject({ name: line(120), site_id: uuid.optional() }),
  success: { status: 201, description: 'The account, its password shown once', schema: newAnalyst, shownOnce: ['password'] },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'UPSTREAM_UNAVAILABLE'],
});

export const rotateAnalyst = endpoint({
  ...shared,
  operationId: 'events.rotateAnalyst',
  method: 'POST',
  path: '/api/v1/events/analysts/{id}/rotate',
  summary: 'Give an account a new password; the old one stops working',
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'The account, its password shown once', schema: newAnalyst, shownOnce: ['password'] },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'UPSTREAM_UNAVAILABLE'],
});

export const deleteAnalyst = endpoint({
  ...shared,
  operationId: 'events.deleteAnalyst',
  method: 'DELETE',
  path: '/api/v1/events/analysts/{id}',
  summary: 'Delete an account; its queries are ended',
  params: byId,
  success: { status: 204, description: 'It no longer signs in, anywhere within five seconds' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
