import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.js';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('a body', () => {
  it('is the JSON that it is', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)))));
  });

  it('may begin with a byte order mark', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it('counts the last of a repeated key', () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it('keeps every digit of an integer, however long, and nothing of what only looks like one', () => {
    const text = '{"id":9007199254740993,"list":[-9223372036854775809, 18446744073709551616],"text":",1234567890123456789","float":0.1234567890123456789}';
    const parsed = parse(text);
    expect(JSON.stringify(parsed)).toBe(text.replace(', 18', ',18').replace('0.1234567890123456789', '0.12345678901234568'));
    expect(parse('{"id":9007199254740991}')).toEqual({ id: Number.MAX_SAFE_INTEGER });
  });

  it.each([['NaN', '{"a":NaN}'], ['Infinity', '{"a":-Infinity}'], ['nothing', ''], ['half', '{"a":'], ['two', '{}{}'], ['a mark inside', '{"a":\ufeff1}']])(
    'is refused by name: %s',
    (_what, text) => expect(() => parse(text)).toThrow('The body is not valid JSON.'),
  );

  it.each([['a lone byte', [0x22, 0xff, 0x22]], ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]], ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]], ['UTF-16', [0xff, 0xfe, 0x7b, 0]]])(
    'is refused where it is not UTF-8: %s',
    (_what, bytes) => expect(() => parseJson(Buffer.from(bytes))).toThrow('The body is not valid UTF-8.'),
  );
});
