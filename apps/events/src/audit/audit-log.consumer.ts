import { domainEventEnvelope } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { detailsOfZodError } from '@atrium/platform/errors';
import { PoisonMessageError } from '@atrium/platform/messaging';
import { z } from 'zod';
import { entryConsumer } from '../entries/entry-consumer.js';
import { AuditLogStore, type AuditMessage } from './audit-log.store.js';

const told = domainEventEnvelope.extend({
  type: z.literal(auditRecorded.type),
  version: z.literal(auditRecorded.version),
  data: auditRecorded.data,
});

function parseMessage(body: string): AuditMessage {
  const parsed = told.safeParse(JSON.parse(body));
  if (parsed.success) return { envelope: parsed.data, entry: parsed.data.data };
  const problems = detailsOfZodError(parsed.error).map(({ field, message }) => `${field} ${message}`);
  throw new PoisonMessageError(`not an entry of the audit log: ${problems.join('; ')}`);
}

/** Brings the audit log to ClickHouse. */
export const auditLogConsumer = entryConsumer({ queue: queues.eventsAudit, parse: parseMessage, store: AuditLogStore });
