import { isDateTime } from '../ingest/event-problem.js';

/** ISO 8601 of what can be read as a time: undefined for none, null for what can't. */
function timeOf(value: unknown): string | undefined | null {
  if (value === undefined || value === null || value === '') return undefined;
  if (isDateTime(value)) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

export interface ClientTime {
  /** Null for one that can't be read. */
  readonly timestamp: string | undefined | null;
  /** The client's clock when it sent, by which the timestamp is corrected. */
  readonly sentAt: string | undefined;
}

/**
 * When a message says that it happened. Segment's SDKs say so in `timestamp`, RudderStack's in `originalTimestamp`. Where
 * both stand, somebody has corrected the first already, and it is taken as it is.
 */
export function clientTime(message: Readonly<Record<string, unknown>>, requestSentAt: unknown): ClientTime {
  const timestamp = timeOf(message['timestamp']);
  const original = timeOf(message['originalTimestamp']);
  if (timestamp && original) return { timestamp, sentAt: undefined };
  // A clock that can't be read corrects nothing.
  const sentAt = timeOf(message['sentAt']) ?? timeOf(requestSentAt) ?? undefined;
  return { timestamp: timestamp === undefined ? original : timestamp, sentAt };
}
