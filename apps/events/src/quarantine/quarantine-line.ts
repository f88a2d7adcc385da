import type { QuarantineCode } from '@atrium/contracts/events';
import { newId } from '@atrium/platform/database';
import type { Arrival } from '../ingest/event-line.js';
import { wellFormedText } from '../ingest/json-columns.js';

export interface KeptOut {
  readonly code: QuarantineCode;
  readonly field: string;
  readonly message: string;
  /** The event's name. */
  readonly event: string;
  readonly version: number;
  /** As it would be stored, or was: with its newline. */
  readonly line: string;
  readonly observed: boolean;
}

/** Quotes inside of texts are escaped, so that the first such key is the event's own. */
const eventIdOf = (line: string): string => {
  const start = line.indexOf('"event_id":"') + 12;
  return line.slice(start, start + 36);
};

/**
 * A line of `atrium.events_quarantine`. An observed event is stored itself, so that here is only what was wrong. The time
 * is written out: a copy that is delivered again must not come after what has become of the row since.
 */
export function quarantineLine(kept: KeptOut, { orgId, siteId, sourceId, receivedAt }: Pick<Arrival, 'orgId' | 'siteId' | 'sourceId' | 'receivedAt'>): string {
  const id = newId();
  const columns = {
    org_id: orgId,
    site_id: siteId,
    source_id: sourceId,
    batch_id: id,
    row: 0,
    id,
    status: kept.observed ? 'observed' : 'quarantined',
    code: kept.code,
    reason: kept.message,
    path: kept.field,
    event_name: wellFormedText(kept.event),
    event_id: eventIdOf(kept.line),
    schema_version: kept.version,
    raw: kept.observed ? '' : kept.line.trimEnd(),
    received_at: receivedAt,
    quarantined_at: receivedAt,
  };
  return `${JSON.stringify(columns)}\n`;
}
