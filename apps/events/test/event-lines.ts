import { lineHead, lineTail } from '../src/ingest/event-line.js';
import type { ModelEvent } from './query-model.js';

/** Events as the ingest writes them, of one site unless it is named. */
export function linesOf(orgId: string, events: readonly ModelEvent[], siteId: string = orgId): string[] {
  const arrival = { orgId, siteId, sourceId: orgId, receivedAt: Date.now(), ip: '192.0.2.0', userAgent: 'x', requestId: 'r', traceId: '', retentionDays: 400 };
  const head = lineHead(arrival);
  return events.map(({ at, ...event }) => head + lineTail({ ...event, properties: { ...event.properties } }, at));
}
