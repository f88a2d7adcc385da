import { endpoint, isoDateTime } from '@atrium/contract-kit';
import { z } from 'zod';

export const maxRetentionDays = 1_827;

export const eventSettings = z
  .object({
    retention_days: z.int().meta({ description: 'Days after its time at which an event is deleted.' }),
    max_retention_days: z.int().meta({ description: 'What the platform keeps at most.' }),
    updated_at: isoDateTime.nullable().meta({ description: 'Null while the platform’s own value holds.' }),
  })
  .meta({ id: 'EventSettings' });
export type EventSettings = z.output<typeof eventSettings>;

const shared = { service: 'events', path: '/api/v1/events/settings' } as const;

export const getEventSettings = endpoint({
  ...shared,
  operationId: 'events.getSettings',
  method: 'GET',
  summary: 'How long events are kept',
  access: { kind: 'permission', permission: 'events.read', scope: 'org' },
  success: { status: 200, description: 'The settings', schema: eventSettings },
  errors: ['FORBIDDEN'],
});

export const updateEventSettings = endpoint({
  ...shared,
  operationId: 'events.updateSettings',
  method: 'PATCH',
  summary: 'Change how long events are kept',
  description:
    'A shorter time holds for stored events too: what is older is deleted within minutes, for good. A longer one holds for events that come from now on.',
  access: { kind: 'permission', permission: 'events.manage', scope: 'org' },
  body: z.strictObject({ retention_days: z.int().min(1).max(maxRetentionDays) }),
  success: { status: 200, description: 'The settings', schema: eventSettings },
  errors: ['FORBIDDEN'],
});
