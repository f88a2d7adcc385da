import { ingestLimits } from '@atrium/contracts/events';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { isDateTime, isRecord } from './event-problem.js';
import { parseJson } from './parse-json.js';

/** What a request carries; the events are not looked at yet. */
export interface IngestRequestBody {
  readonly kind: 'single' | 'batch';
  readonly events: readonly unknown[];
  /** The client's clock when it sent the batch. */
  readonly sentAt: string | undefined;
}

const invalid = (message: string, cause?: unknown) => new DomainError('VALIDATION_ERROR', message, { cause });

/** Throws VALIDATION_ERROR, or PAYLOAD_TOO_LARGE for a batch of too many events. */
export function parseBody(body: Buffer): IngestRequestBody {
  const json = parseJson(body);
  if (!isRecord(json)) throw invalid('The body must be an event or {"batch": […]}.');
  if (!Object.hasOwn(json, 'batch')) return { kind: 'single', events: [json], sentAt: undefined };
  const { batch, sent_at: sentAt } = json;
  const unknown = Object.keys(json).find((key) => key !== 'batch' && key !== 'sent_at');
  if (unknown !== undefined) throw invalidField(unknown.slice(0, 64), 'is not a known field');
  if (!Array.isArray(batch) || batch.length === 0) throw invalidField('batch', 'must be a list of at least one event');
  if (batch.length > ingestLimits.batchEvents) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `A batch holds ${ingestLimits.batchEvents} events at most.`);
  }
  if (sentAt !== undefined && !isDateTime(sentAt)) throw invalidField('sent_at', 'must be an ISO 8601 date and time');
  return { kind: 'batch', events: batch, sentAt };
}
