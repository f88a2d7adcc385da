import { expect, it } from 'vitest';
import { ClickHouseError } from '../clickhouse/clickhouse-error.js';
import { excessOf } from './sql-error.js';

it.each([
  [159, 'Timeout exceeded: elapsed 10.1 seconds', 'took longer than 10 seconds'],
  [158, 'Limit for rows exceeded', 'reads too many rows; narrow it down'],
  [241, 'Query memory limit exceeded: would use 513.00 MiB', 'needs too much memory; narrow it down'],
])('a query that fails with %i (%s) asked too much', (code, message, excess) => {
  expect(excessOf(new ClickHouseError(code, message))).toBe(excess);
});

it.each([
  [241, '(total) memory limit exceeded: would use 1.43 GiB'], [241, 'User memory limit exceeded'], [202, 'Too many simultaneous queries'], [210, 'Connection reset'],
])('a query that fails with %i (%s) may be asked again', (code, message) => {
  expect(excessOf(new ClickHouseError(code, message))).toBeUndefined();
});
