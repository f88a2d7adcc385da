import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonColumn, propertiesColumns } from './json-columns.js';
import { parseJson } from './parse-json.js';

/** The columns as ClickHouse would read them off the line, with numbers as they stand. */
function columnsOf(text: string): { column: string; raw: string | undefined } {
  const fields = propertiesColumns(parseJson(Buffer.from(text)) as object);
  const [, column = '', , raw] = /^,"properties":(\{.*?\})(,"properties_raw":(".*"))?$/s.exec(fields) ?? [];
  return { column, raw: raw === undefined ? undefined : String(JSON.parse(raw)) };
}

describe('properties', () => {
  it.each(['{"a":1,"b":"x","c":true,"d":{"e":-1.5}}', '{"list":["a","b"],"numbers":[1,2.5],"none":[]}', '{"id":9007199254740993,"max":18446744073709551615,"min":-9223372036854775808}', '{"":1,"constructor":{"prototype":2}}'])(
    'that the column keeps stand there alone: %s',
    (text) => expect(columnsOf(text)).toEqual({ column: text, raw: undefined }),
  );

  it.each([
    ['nulls', '{"a":null}'], ['empty objects', '{"a":{}}'], ['dots in keys', '{"a.b":1}'], ['mixed lists', '{"a":[1,"b"]}'], ['truths beside numbers', '{"a":[true,1]}'],
    ['objects in lists', '{"a":[{"b":null}]}'], ['long integers in lists', '{"a":[9007199254740993,0.5]}'], ['deep ones', '{"a":{"b":{"c":null}}}'],
  ])('that the column would change are kept as text too: %s', (_what, text) => expect(columnsOf(text)).toEqual({ column: text, raw: text }));

  it.each([
    ['{"a":18446744073709551616}', '{"a":1.8446744073709552e+19}'], ['{"a":-9223372036854775809}', '{"a":-9.223372036854776e+18}'],
    ['{"a":[1,{"b":123456789012345678901234567890}]}', '{"a":[1,{"b":1.2345678901234568e+29}]}'], ['{"a":100000000000000000000,"b":1}', '{"a":1e+20,"b":1}'],
  ])('with integers beyond 64 bits are floats in the column, and exact in the text: %s', (text, column) => {
    expect(columnsOf(text)).toEqual({ column, raw: text });
  });

  it('hold no half characters in either', () => {
    expect(columnsOf(String.raw`{"\udc00k":"\ud800","n":null}`)).toEqual({ column: '{"\ufffdk":"\ufffd","n":null}', raw: '{"\ufffdk":"\ufffd","n":null}' });
  });

  it('are never lost, whatever they are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (properties) => {
        const line: unknown = JSON.parse(`{"x":1${propertiesColumns(properties)}}`);
        const { properties: column, properties_raw: raw } = line as { properties: unknown; properties_raw?: string };
        expect(JSON.stringify(raw === undefined ? column : JSON.parse(raw))).toBe(JSON.stringify(properties));
      }),
    );
  });
});

it('a context with an integer beyond 64 bits can be read too', () => {
  expect(jsonColumn('context', { n: 1e20 })).toBe(',"context":{"n":1e+20}');
  expect(jsonColumn('context', undefined)).toBe('');
});
