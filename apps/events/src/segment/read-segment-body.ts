import { segmentLimits } from '@atrium/contracts/events';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { Origin } from '../ingest/event-line.js';
import { isRecord } from '../ingest/event-problem.js';
import type { IngestRequestBody } from '../ingest/parse-body.js';
import { parseJson } from '../ingest/parse-json.js';
import { type EventType, toEvent } from './segment-message.js';

const nil = '00000000-0000-0000-0000-000000000000';

/** Throws VALIDATION_ERROR, or PAYLOAD_TOO_LARGE for a batch of too many messages. `type` is that of the path. */
export function readSegmentBody(body: Buffer, type: EventType | 'batch', { sourceId, siteId }: Origin): IngestRequestBody {
  const json = parseJson(body);
  if (!isRecord(json)) throw new DomainError('VALIDATION_ERROR', 'The body must be an object.');
  const namespace = sourceId === nil ? siteId : sourceId;
  if (type !== 'batch') {
    const request = { type, context: undefined, sentAt: undefined, namespace };
    return { kind: 'single', events: [toEvent(json, request)], sentAt: undefined };
  }
  const { batch, context, sentAt } = json;
  if (!Array.isArray(batch)) throw invalidField('batch', 'must be a list of messages');
  if (batch.length > segmentLimits.batchEvents) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `A batch holds ${segmentLimits.batchEvents} messages at most.`);
  }
  const request = { type: undefined, context: isRecord(context) ? context : undefined, sentAt, namespace };
  return { kind: 'batch', events: batch.map((message) => toEvent(message, request)), sentAt: undefined };
}
