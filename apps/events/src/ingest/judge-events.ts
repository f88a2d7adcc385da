import { ingestEvent, ingestLimits, type IngestAnswer } from '@atrium/contracts/events';
import { detailsOfZodError, DomainError } from '@atrium/platform/errors';
import type { CatalogJudge } from '../catalog/catalog-judge.js';
import { type Arrival, lineTail } from './event-line.js';
import type { Line } from '../packs/line-buffer.js';
import { type EventProblem, findEventProblem, isEvent, UnreadableEvent } from './event-problem.js';
import { eventTime } from './event-time.js';
import { LineHeads, withoutAddress } from './line-heads.js';
import type { IngestRequestBody } from './parse-body.js';
import { PlainEvent } from './plain-event.js';
import { findPropertiesProblem } from './properties-problem.js';

export type RejectionCode = 'INVALID_EVENT' | 'EVENT_TOO_LARGE' | 'TIMESTAMP_OUT_OF_RANGE' | 'SCHEMA_VIOLATION' | 'UNKNOWN_EVENT';
export interface Rejection {
  readonly code: RejectionCode;
  readonly field: string;
  readonly message: string;
}

export interface Judgement {
  /** Lines of the accepted events. */
  readonly lines: Line[];
  readonly rejected: (Rejection & { readonly index: number })[];
}

const invalid = ({ field, message }: EventProblem): Rejection => ({ code: 'INVALID_EVENT', field, message });

/** A line for an event that is accepted, or why it isn't. Its size is that of what it says itself. */
function judge(value: unknown, batchSentAt: string | undefined, arrival: Arrival, heads: LineHeads, catalog?: CatalogJudge): Line | Rejection {
  if (value instanceof PlainEvent) {
    return (catalog ? undefined : plainLine(value, batchSentAt, arrival, heads)) ?? judge(value.parsed(), batchSentAt, arrival, heads, catalog);
  }
  if (value instanceof UnreadableEvent) return invalid(value.problem);
  if (!isEvent(value)) return invalid(findEventProblem(value) ?? { field: '', message: 'is not valid' });
  const problem = findPropertiesProblem(value.properties, 'properties') ?? findPropertiesProblem(value.context, 'context');
  if (problem) return invalid(problem);
  const time = eventTime(value.timestamp, value.sent_at ?? batchSentAt, arrival.receivedAt, arrival.retentionDays);
  if (time === undefined) {
    return { code: 'TIMESTAMP_OUT_OF_RANGE', field: 'timestamp', message: 'must lie between five years back (or as long as events are kept) and seven days ahead' };
  }
  const tail = lineTail(withoutAddress(value, arrival), time);
  // A character takes three bytes at most, so that most sizes needn't be counted.
  if (tail.length * 3 > ingestLimits.eventBytes && Buffer.byteLength(tail) > ingestLimits.eventBytes) {
    return { code: 'EVENT_TOO_LARGE', field: '', message: `must hold ${ingestLimits.eventBytes} bytes at most` };
  }
  const line = heads.of(value) + tail;
  return catalog ? catalog.judge(value, line) : line;
}

/** Undefined where there is something to be said against the event. */
function plainLine(event: PlainEvent, batchSentAt: string | undefined, arrival: Arrival, heads: LineHeads): Buffer | undefined {
  const { timestamp, sent_at: sentAt = batchSentAt } = event.facts;
  const time = eventTime(timestamp, sentAt, arrival.receivedAt, arrival.retentionDays);
  const line = time === undefined ? undefined : event.line(heads.bytes, time);
  return line && line.length - heads.bytes.length <= ingestLimits.eventBytes ? line : undefined;
}

/** `catalog` for a source that judges by it. */
export function judgeEvents(body: IngestRequestBody, arrival: Arrival, catalog?: CatalogJudge): Judgement {
  const heads = new LineHeads(arrival);
  const judgement: Judgement = { lines: [], rejected: [] };
  body.events.forEach((event, index) => {
    const verdict = judge(event, body.sentAt, arrival, heads, catalog);
    if (typeof verdict === 'string' || verdict instanceof Uint8Array) judgement.lines.push(verdict);
    else judgement.rejected.push({ index, ...verdict });
  });
  return judgement;
}

/** A single event has no verdict to be told in: its request is refused. One that the catalog keeps out is not lost, and so it isn't. */
export function requireSingleAccepted(body: IngestRequestBody, { rejected: [rejection] }: Judgement): void {
  if (body.kind !== 'single' || rejection === undefined || isKept(rejection)) return;
  if (rejection.code === 'EVENT_TOO_LARGE') throw new DomainError('PAYLOAD_TOO_LARGE', `An event ${rejection.message}.`);
  const [first] = body.events;
  const event = first instanceof PlainEvent ? first.parsed() : first;
  const parsed = ingestEvent.safeParse(event);
  const fields = parsed.success || event instanceof UnreadableEvent ? [{ field: rejection.field, message: rejection.message }] : detailsOfZodError(parsed.error);
  throw new DomainError('VALIDATION_ERROR', undefined, { fields });
}

const isKept = ({ code }: Rejection): boolean => code === 'SCHEMA_VIOLATION' || code === 'UNKNOWN_EVENT';

export const answerOf = ({ lines, rejected }: Judgement): IngestAnswer => ({
  accepted: lines.length,
  rejected: rejected.map(({ index, code, field, message }) => ({
    index,
    code,
    message: field === '' ? `The event ${message}.` : `${field} ${message}.`,
  })),
});
