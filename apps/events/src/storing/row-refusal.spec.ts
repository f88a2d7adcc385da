import { describe, expect, it } from 'vitest';
import { ClickHouseError } from '../clickhouse/clickhouse-error.js';
import { describeRefusal, suspectedRow } from './row-refusal.js';

const tail = '\n: While executing JSONEachRowRowInputFormat. (INCORRECT_DATA) (version 26.7.2.1)';
const error = (text: string) => new ClickHouseError(117, `Code: 117. DB::Exception: ${text}${tail}`, 400);

describe('what ClickHouse says of a row', () => {
  it.each([
    ["JSON object should start with '{': (while reading the value of key properties): (at row 18)", 17, 'properties', /start with '\{': \(while reading the value of key properties\)$/],
    ['Cannot insert data into JSON column: Duplicate path found during parsing JSON object: a.b. You can enable setting type_json_skip_duplicated_paths to skip duplicated paths during insert: (while reading the value of key properties): (at row 3)', 2, 'properties.a.b', /Duplicate path/],
    ["Cannot parse input: expected '{' before: 'hello': (at row 1)", 0, '', /before: 'hello'$/],
    ['Cannot parse "(at row 9) (while reading the value of key ip)": (while reading the value of key ts): (at row 2)', 1, 'ts', /Cannot parse/],
    ['Something else', undefined, '', /Something else/],
  ])('%s', (text, row, path, reason) => {
    expect(suspectedRow(error(text))).toBe(row);
    expect(describeRefusal(error(text))).toEqual({ path, reason: expect.stringMatching(reason) });
  });
});
