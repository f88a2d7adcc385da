import { DomainError } from '@atrium/platform/errors';
import { ClickHouseError } from '../clickhouse/clickhouse-error.js';
import { publicMessageOf } from '../queries/sql-error.js';
import { ToolError } from './tool-request.js';

const withoutEnd = (message: string): string => message.replace(/\.$/, '');

/** Codes of ClickHouse for ours: SYNTAX_ERROR, TOO_MANY_SIMULTANEOUS_QUERIES. */
function ofDomain(error: DomainError): ToolError {
  if (error.code === 'RATE_LIMITED') return new ToolError(429, 202, withoutEnd(error.message));
  if (error.code === 'VALIDATION_ERROR') {
    const [field] = error.fields ?? [];
    return new ToolError(400, 62, field ? `The ${field.field} ${field.message}` : withoutEnd(error.message));
  }
  return new ToolError(503, 210, withoutEnd(error.message));
}

/** Whose rights are missing, and which, is the service's own affair. */
const accessDenied = 497;

/** Any failure in ClickHouse's own words, without its hosts, paths and versions. */
export function toolErrorOf(error: unknown): ToolError {
  if (error instanceof ToolError) return error;
  if (error instanceof DomainError) return ofDomain(error);
  if (error instanceof ClickHouseError && error.code !== 0) {
    if (error.code === accessDenied) return new ToolError(403, accessDenied, 'Not enough privileges: there is events to read, and what ClickHouse says of it');
    const status = [202, 201].includes(error.code) ? 429 : 400;
    return new ToolError(status, error.code, withoutEnd(publicMessageOf(error.message)));
  }
  return new ToolError(503, 210, 'The events can’t be queried right now');
}
