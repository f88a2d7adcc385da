import { auditEntry, domainEvent } from '@atrium/contract-kit';
import { queues } from '../queues.js';

/** A security event or a state change, told by the service where it happened. */
export const auditRecorded = domainEvent({
  type: 'audit.recorded',
  version: 1,
  publisher: 'any',
  subscribers: [],
  streams: [queues.usersAudit, queues.eventsAudit],
  data: auditEntry,
});
