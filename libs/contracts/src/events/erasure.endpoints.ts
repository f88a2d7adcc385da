import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

export const erasure = z
  .object({
    id: uuid,
    state: z.enum(['pending', 'completed']).meta({ description: 'completed: nobody can read the events that were stored any more.' }),
    requested_at: isoDateTime.meta({ description: 'Events that were accepted until then go; later ones are stored.' }),
    completed_at: isoDateTime.nullable(),
    purged_at: isoDateTime.nullable().meta({ description: 'When ClickHouse had removed the files that held them. Backups are the operator’s.' }),
    in_force_until: isoDateTime.meta({ description: 'Until then events that were accepted before are looked for again: they may still come out of a queue.' }),
    erased: z.object({ events: z.int(), quarantined: z.int() }).meta({ description: 'Rows so far, copies included.' }),
    anonymous_ids: z
      .object({ erased: z.int(), shared: z.int() })
      .meta({ description: 'Of the anonymous ids that appear with the user id: those whose events without a user went too, and those that stayed because others used them as well.' }),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.output<typeof erasure>;

const shared = { service: 'events', access: { kind: 'permission', permission: 'events.erase', scope: 'org' } } as const;

export const eraseSubject = endpoint({
  ...shared,
  operationId: 'events.eraseSubject',
  method: 'DELETE',
  path: '/api/v1/events/subjects/{user_id}',
  summary: "Erase a person's events",
  description:
    'By the `user_id` that the client apps send, any text, percent-encoded. Events without a user id go too, where their anonymous id was used by this person alone. The answer names the erasure, whose state is the proof.',
  params: z.object({ user_id: z.string().min(1).max(256) }),
  success: { status: 202, description: 'The erasure has begun', schema: z.object({ id: uuid }) },
  errors: ['FORBIDDEN'],
});

export const getErasure = endpoint({
  ...shared,
  operationId: 'events.getErasure',
  method: 'GET',
  path: '/api/v1/events/erasures/{id}',
  summary: 'How far an erasure is: the proof of it',
  params: z.object({ id: uuid }),
  success: { status: 200, description: 'The erasure', schema: erasure },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
