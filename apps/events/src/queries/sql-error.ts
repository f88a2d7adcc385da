import { DomainError, invalidField } from '@atrium/platform/errors';
import { ClickHouseError } from '../clickhouse/clickhouse-error.js';
import { maxQuerySeconds } from './query-limits.js';

const maxLength = 400;

/** What ClickHouse said, without its own names, versions, hosts and paths. */
export function publicMessageOf(message: string): string {
  const text = (message.split('\n')[0] ?? '')
    .replace(/^Code: \d+\. /, '')
    .replace(/DB::(?:Exception|NetException|ParsingException): /g, '')
    .replace(/ ?\(version [^)]*\)/g, '')
    .replace(/[.:]? ?(?:While (?:executing|processing)|[Ii]n scope) .*$/s, '')
    .replace(/\.? ?Maybe you meant:? .*$/s, '.')
    .replace(/\b(?:atrium|system|analytics)\.\w+/g, 'events')
    .replace(/(?<![\w'])\/(?:[\w.-]+\/)+[\w.-]*/g, '…')
    .replace(/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\b[\w.-]+:\d{4,5}\b/g, '…')
    .trim();
  return text.slice(0, maxLength) || 'is not valid';
}

/** What a query of the service's own asked too much of; undefined for any other failure. */
export function excessOf(error: unknown): string | undefined {
  if (!(error instanceof ClickHouseError) || !excesses.has(error.code)) return undefined;
  // Of the whole server, or of all who ask: nothing is wrong with this query.
  if (error.code === memoryExceeded && /\((?:total|for user)\)|User memory/i.test(error.message)) return undefined;
  return rules[error.code];
}

/** TIMEOUT_EXCEEDED, TOO_SLOW, TOO_MANY_ROWS, TOO_MANY_BYTES, MEMORY_LIMIT_EXCEEDED. */
const excesses = new Set([158, 159, 160, 241, 307]);
const memoryExceeded = 241;

const rules: Readonly<Record<number, string>> = {
  // TIMEOUT_EXCEEDED, TOO_SLOW
  159: `took longer than ${maxQuerySeconds} seconds`,
  160: `would take longer than ${maxQuerySeconds} seconds`,
  // TOO_MANY_ROWS, TOO_MANY_BYTES
  158: 'reads too many rows; narrow it down',
  307: 'reads too many bytes; narrow it down',
  // MEMORY_LIMIT_EXCEEDED
  241: 'needs too much memory; narrow it down',
  // TOO_MANY_ROWS_OR_BYTES
  396: 'answers with more than 10,000 rows or 16 MB; add a LIMIT',
  // READONLY
  164: 'must only read, and must not change settings',
  // ACCESS_DENIED
  497: 'must read the table events alone',
};

const busyCode = 202;
const quotaExceededCode = 201;

/** A failed analyst's query as the caller may see it; anything else as it is. */
export function toSqlError(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return error;
  if (error.code === busyCode) {
    return new DomainError('UPSTREAM_UNAVAILABLE', 'Too many queries are running.', { cause: error, retryAfterSeconds: 2 });
  }
  if (error.code === quotaExceededCode) {
    return new DomainError('RATE_LIMITED', 'This organization’s queries have used up their minute.', { cause: error, retryAfterSeconds: 30 });
  }
  // 0: no code was sent, and the text may be anything.
  if (error.code === 0) return new DomainError('UPSTREAM_UNAVAILABLE', undefined, { cause: error, retryAfterSeconds: 5 });
  return invalidField('query', rules[error.code] ?? publicMessageOf(error.message));
}
