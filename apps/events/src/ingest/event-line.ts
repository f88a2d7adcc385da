import type { IngestEvent } from '@atrium/contracts/events';
import type { JudgingRule } from '../catalog/judging-rule.js';
import { deviceColumns } from '../enrichment/device-columns.js';
import { newEventId } from './new-event-id.js';
import { jsonColumn, jsonText, propertiesColumns } from './json-columns.js';

/** What the request, never the event, says about where its events belong. */
export interface Origin {
  readonly orgId: string;
  readonly siteId: string;
  readonly sourceId: string;
  /** Absent where nobody judges by the catalog. */
  readonly judging?: JudgingRule | undefined;
}

export interface Arrival extends Origin {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** What is kept of the address, as `addresses` says. */
  readonly ip: string;
  /** The network where unset. */
  readonly addresses?: 'network' | 'none';
  readonly userAgent: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly retentionDays: number;
}

const userAgentColumns = (userAgent: string): string =>
  `"user_agent":${jsonText(userAgent.slice(0, 512))}${deviceColumns(userAgent)}`;

/** The columns that all events of a request share, as the beginning of their lines. */
export const lineHead = (arrival: Arrival): string =>
  `{"org_id":"${arrival.orgId}","site_id":"${arrival.siteId}","source_id":"${arrival.sourceId}"` +
  `,"received_at":${arrival.receivedAt},"retention_days":${arrival.retentionDays}` +
  `,"ip":${jsonText(arrival.ip)},${userAgentColumns(arrival.userAgent)}` +
  `,"request_id":${jsonText(arrival.requestId)},"trace_id":"${arrival.traceId}"`;

const column = (name: string, value: string | undefined): string => (value === undefined ? '' : `,"${name}":${jsonText(value)}`);

/** What the event itself says, as the rest of its line, with the newline. `time` in milliseconds since the epoch. */
export const lineTail = (event: IngestEvent, time: number): string =>
  `,"event_id":"${event.event_id ?? newEventId(time)}","type":"${event.type ?? 'track'}","ts":${time}` +
  column('event_name', event.event) +
  column('user_id', event.user_id) +
  column('anonymous_id', event.anonymous_id) +
  column('session_id', event.session_id) +
  column('group_id', event.group_id) +
  column('previous_id', event.previous_id) +
  `${propertiesColumns(event.properties)}${jsonColumn('context', event.context)}}\n`;
