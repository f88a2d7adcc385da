import { endpoint } from '@atrium/contract-kit';

export const exportOwnEvents = endpoint({
  operationId: 'events.exportOwnEvents',
  service: 'events',
  method: 'GET',
  path: '/api/v1/events/me/export',
  summary: "Events that carry one's own id as user_id, in every organization that one belongs to",
  description: 'A line of JSON each; organization by organization, oldest first.',
  access: { kind: 'signed-in' },
  limit: { requests: 30, windowSeconds: 3600, per: 'principal' },
  success: { status: 200, description: 'The events', file: { type: 'application/x-ndjson', name: 'events.ndjson' } },
  errors: [],
});
