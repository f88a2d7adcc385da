import { ClickHouseError } from '../clickhouse/clickhouse-error.js';

export interface RowRefusal {
  /** What ClickHouse said, without the row, which is kept beside it anyway. */
  readonly reason: string;
  /** The column, or path inside one, that it could not read; empty where it names none. */
  readonly path: string;
}

const maxReasonLength = 500;
const rowPlace = /:? ?\(at row (\d+)\)/g;
const key = /\(while reading the value of key ([^()\s]+)\)/g;
const duplicatePath = /Duplicate path found during parsing JSON object: (\S+?)\. You can/;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The last one counts: texts of the row may be quoted before it. */
const lastOf = (pattern: RegExp, text: string): string | undefined => [...text.matchAll(pattern)].at(-1)?.[1];

/** Place, from 0, of the row that ClickHouse stumbled over. The row's own text may say so too: no more than a hint. */
export function suspectedRow(error: unknown): number | undefined {
  const row = error instanceof ClickHouseError ? lastOf(rowPlace, error.message) : undefined;
  return row === undefined ? undefined : Number(row) - 1;
}

export function describeRefusal(error: unknown): RowRefusal {
  const message = messageOf(error);
  const [head = ''] = message.split('\n');
  const column = lastOf(key, message) ?? '';
  const inner = duplicatePath.exec(message)?.[1];
  return {
    reason: head.replaceAll(rowPlace, '').slice(0, maxReasonLength) || 'refused',
    path: column !== '' && inner !== undefined ? `${column}.${inner}` : column,
  };
}
