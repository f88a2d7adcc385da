import { z } from 'zod';
import { uuid } from './primitives.js';

const fields = z.record(z.string(), z.json());

/**
 * One line of the audit log: who did what to which thing. When, in which organization and under which request id is
 * said by the envelope of the domain event that carries it. Holds ids, never a secret, and of personal data only what
 * the organization itself sees of its members.
 */
export const auditEntry = z.object({
  /** `resource.past_verb`: `role.assigned`, `session.reuse_detected`, `access.denied`. */
  action: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  outcome: z.enum(['success', 'denied', 'failure']),
  /** `client` is an app for itself; `system` acts on a schedule; `anonymous` has proven nothing. */
  actor: z.object({
    kind: z.enum(['user', 'api_key', 'client', 'system', 'anonymous']),
    id: uuid.nullable(),
    session_id: uuid.nullable(),
  }),
  resource: z.object({ type: z.string(), id: z.string() }).nullable(),
  site_id: uuid.nullable(),
  /** What changed, as it was; null where nothing was. */
  before: fields.nullable(),
  after: fields.nullable(),
  /** Whatever else explains it: a reason, a permission, an operation. */
  details: fields,
});
export type AuditEntry = z.output<typeof auditEntry>;
