import type { IngestEvent } from '@atrium/contracts/events';
import { newEventId } from './new-event-id.js';

/** What the request, never the event, says about where its events belong. */
export interface Origin {
  readonly orgId: string;
  readonly siteId: string;
  readonly sourceId: string;
}

export interface Arrival extends Origin {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly retentionDays: number;
}

// Half a surrogate pair is no character, and ClickHouse refuses it. JSON.stringify writes one as an escape; a text may
// hold the same letters, but hardly ever does, so that only few are looked at closely.
const mayHoldHalfPair = (json: string): boolean => json.includes('\\ud');
const wellFormedText = (value: string): string => value.replace(/\p{Surrogate}/gu, '\ufffd');

function text(value: string): string {
  const json = JSON.stringify(value);
  return mayHoldHalfPair(json) ? JSON.stringify(wellFormedText(value)) : json;
}

/** The columns that all events of a request share, as the beginning of their lines. */
export const lineHead = (arrival: Arrival): string =>
  `{"org_id":"${arrival.orgId}","site_id":"${arrival.siteId}","source_id":"${arrival.sourceId}"` +
  `,"received_at":${arrival.receivedAt},"retention_days":${arrival.retentionDays}` +
  `,"ip":${text(arrival.ip)},"user_agent":${text(arrival.userAgent.slice(0, 512))}` +
  `,"request_id":${text(arrival.requestId)},"trace_id":"${arrival.traceId}"`;

const column = (name: string, value: string | undefined): string => (value === undefined ? '' : `,"${name}":${text(value)}`);

function freeForm(name: string, value: object | undefined): string {
  if (value === undefined) return '';
  const json = JSON.stringify(value);
  return `,"${name}":${mayHoldHalfPair(json) ? JSON.stringify(wellFormed(value)) : json}`;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return wellFormedText(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wellFormedText(key), wellFormed(inner)]));
}

/** What the event itself says, as the rest of its line, with the newline. `time` in milliseconds since the epoch. */
export const lineTail = (event: IngestEvent, time: number): string =>
  `,"event_id":"${event.event_id ?? newEventId(time)}","type":"${event.type ?? 'track'}","ts":${time}` +
  column('event_name', event.event) +
  column('user_id', event.user_id) +
  column('anonymous_id', event.anonymous_id) +
  column('session_id', event.session_id) +
  `${freeForm('properties', event.properties)}${freeForm('context', event.context)}}\n`;
