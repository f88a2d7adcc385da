import { auditEntry, cursorPageOf, cursorQuery, endpoint, isoDateTime, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

const shape = auditEntry.shape;

export const auditLogEntry = z
  .object({
    id: uuid,
    occurred_at: isoDateTime,
    action: z.string(),
    outcome: shape.outcome,
    actor: shape.actor.extend({
      /** As the organization knows it now; null for whoever it doesn't know any more, and for whatever is no person. */
      email: z.string().nullable(),
    }),
    resource: shape.resource,
    site_id: shape.site_id,
    before: shape.before,
    after: shape.after,
    details: shape.details,
    request_id: z.string(),
  })
  .meta({ id: 'AuditLogEntry' });
export type AuditLogEntry = z.output<typeof auditLogEntry>;

const action = z
  .string()
  .max(100)
  .regex(/^[a-z_]+\.(?:[a-z_]+|\*)$/, 'must look like role.assigned or role.*');
const resource = z
  .string()
  .max(200)
  .regex(/^[a-z_]+(?::[\w.-]+)?$/, 'must look like role or role:1000');

export const listAuditLogs = endpoint({
  operationId: 'users.listAuditLogs',
  service: 'users',
  method: 'GET',
  path: '/api/v1/audit-logs',
  summary: 'Search who did what in the organization, and what was denied',
  description:
    'Newest first, a year back. `action` may be a whole family (`role.*`), `resource` a type (`role`) or one thing (`role:1000`); `from` is included, `to` is not. Entries come by events: the newest may take a moment.',
  access: { kind: 'permission', permission: 'audit.read', scope: 'org' },
  query: cursorQuery.extend({
    actor: uuid.optional(),
    action: action.optional(),
    resource: resource.optional(),
    outcome: shape.outcome.optional(),
    from: isoDateTimeWithOffset.optional(),
    to: isoDateTimeWithOffset.optional(),
  }),
  success: { status: 200, description: 'Entries of the audit log', schema: cursorPageOf(auditLogEntry) },
  errors: ['FORBIDDEN'],
});
