import type { exportFormats } from '@atrium/contracts/events';

export type ExportFormat = (typeof exportFormats)[number];

/** Texts that a caller of the ingest can choose. */
const texts = ['event_name', 'user_id', 'anonymous_id', 'session_id', 'user_agent', 'ip'] as const;
const names: Readonly<Record<string, string>> = { event_name: 'event', ts: 'timestamp' };
const named = (sql: string, column: string): string => `${sql} AS ${names[column] ?? column}`;

/**
 * Spreadsheets run what begins with one of these as a formula; a quote in front makes it a text (OWASP, CSV Injection).
 * Objects begin with a brace and are none.
 */
const harmless = (column: string): string => `if(match(${column}, '^[=+\\\\-@\\\\t\\\\r]'), concat('\\'', ${column}), toString(${column}))`;

const iso = (column: string): string => `concat(replaceOne(toString(${column}), ' ', 'T'), 'Z')`;

const formatOf = { csv: 'CSVWithNames', ndjson: 'JSONEachRow', parquet: 'Parquet' } as const;

/** One row an event. Objects stay objects in NDJSON; elsewhere they are their JSON. */
export function exportSql(format: ExportFormat, where: string): string {
  const text = (column: string): string => named(format === 'csv' ? harmless(column) : `toString(${column})`, column);
  const time = (column: string): string => named(format === 'parquet' ? column : iso(column), column);
  const object = (column: string): string => (format === 'ndjson' ? column : named(`toJSONString(${column})`, column));
  const id = (column: string): string => named(`toString(${column})`, column);
  const columns = [
    ...['event_id', 'site_id', 'source_id'].map(id),
    named('toString(type)', 'type'),
    ...texts.map(text),
    ...['ts', 'received_at'].map(time),
    ...['properties', 'context'].map(object),
  ];
  // The rows are chosen inside: outside, a name may already mean what is written.
  return `SELECT ${columns.join(', ')} FROM (SELECT * FROM events WHERE ${where}) FORMAT ${formatOf[format]}`;
}
