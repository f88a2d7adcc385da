import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonColumn, propertiesColumns } from './json-columns.js';
import { parseJson } from './parse-json.js';
import { notPlain, PlainJson } from './plain-json.js';

/** Whether a column would change it; undefined where it is not plain. */
function changesOf(text: string): boolean | undefined {
  const bytes = Buffer.from(text);
  const json = new PlainJson(bytes);
  return json.endOfObject(0) === bytes.length ? json.changes : undefined;
}

/** Texts as JSON.stringify writes them, without spaces between tokens: all else stays as it stands. */
const normal = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"| /g, (token) => (token === ' ' ? '' : JSON.stringify(JSON.parse(token))));

const numbers = fc.oneof(
  fc.integer(),
  fc.double().map(String),
  fc.tuple(fc.maxSafeInteger(), fc.nat(20)).map(([digits, at]) => `${String(digits).slice(0, at)}.${String(digits).slice(at)}`),
  fc.constantFrom('-0', '0.0', '1.0', '1e3', '1E-7', '0.000001', '0.0000001', '01', '-', '1.', '.5', '999999999999999', '9007199254740993', '0.1234567890123456789', '-0.5', 'NaN', '+1'),
).map(String);
const texts = fc.oneof(
  fc.string().map((text) => JSON.stringify(text)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\/"', '"\\u00e9"', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\uDFFF"', '"\\u12"', '"\\x"', '"\t"', '"\u007f"', '"😀"', '"\\\\ud800"'),
);
const keys = fc.oneof(
  fc.string({ maxLength: 3 }).map((key) => JSON.stringify(key)),
  fc.constantFrom('"a"', '"b"', '"1"', '"a.b"', '"__proto__"', '"constructor"', '"\\u0061"', '"ip"', '"userAgent"', '"toJSON"', '"é"'),
);
const json = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, numbers, texts, fc.constantFrom('true', 'false', 'null', 'nul', '{}', '[]'), tie('list'), tie('object')),
  list: fc.tuple(fc.array(tie('value'), { maxLength: 4 }), fc.constantFrom(',', ', ', ' ,')).map(([items, comma]) => `[${items.join(comma)}]`),
  object: fc
    .tuple(fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }), fc.constantFrom(',', ', ', ',\n'), fc.constantFrom(':', ': ', ' :'))
    .map(([members, comma, colon]) => `{${members.map(([key, value]) => `${key}${colon}${value}`).join(comma)}}`),
})).object;

describe('plain JSON', () => {
  it('is stored exactly as it would be stored after being parsed, as text too where the column would change it', () => {
    const seen = { same: 0, changed: 0 };
    fc.assert(
      fc.property(json, (text) => {
        const changes = changesOf(text);
        if (changes === undefined) return;
        seen[changes ? 'changed' : 'same'] += 1;
        const parsed = parseJson(Buffer.from(text)) as object;
        expect(propertiesColumns(parsed)).toBe(`,"properties":${normal(text)}${changes ? `,"properties_raw":${JSON.stringify(normal(text))}` : ''}`);
        expect(jsonColumn('context', parsed)).toBe(`,"context":${normal(text)}`);
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(seen.same, seen.changed)).toBeGreaterThan(20);
  });

  it('is all that JSON.stringify writes of ordinary values', () => {
    const ordinary = fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z_]*$/), fc.oneof(fc.stringMatching(/^[^\ud800-\udfff]*$/u), fc.integer(), fc.boolean(), fc.array(fc.integer())), { minKeys: 1, noNullPrototype: true });
    fc.assert(fc.property(ordinary, (value) => void expect(changesOf(JSON.stringify(value))).toBe(false)));
  });

  it.each(['{"a":1, "b": [1, 2.5], "c": {"d": "e"}}', '{"a":"\\"\\\\\\n\\/\\u00e9é"}', '{"a":-0.5,"b":0.000001,"c":0,"d":123456789012345}'])(
    'may be written by other hands than ours: %s',
    (text) => expect(changesOf(text)).toBe(false),
  );

  it.each([
    ['repeated keys', '{"a":1,"a":1}'], ['keys that would be put in order', '{"b":1,"1":1}'], ['__proto__', '{"__proto__":1}'], ['escaped keys', '{"\\u0061":1}'],
    ['halves of pairs', '{"a":"\\ud83d\\ude00"}'], ['exponents', '{"a":1e3}'], ['minus zero', '{"a":-0}'], ['whole numbers as fractions', '{"a":1.0}'], ['leading zeros', '{"a":01}'],
    ['many digits', '{"a":1234567890123456}'], ['small fractions', '{"a":0.0000001}'], ['line breaks', '{"a":\n1}'], ['control characters', '{"a":"\u0001"}'],
    ['33 levels', `${'{"a":'.repeat(32)}{"a":1}${'}'.repeat(32)}`], ['an end without a beginning', '{"a":1}}'], ['no end', '{"a":1'], ['half an escape', '{"a":"\\u00'],
    ['sixty-five keys', JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 1])))],
  ])('is not: %s', (_what, text) => expect(changesOf(text)).toBeUndefined());

  it.each([['nulls', '{"a":null}'], ['empty objects', '{"a":{}}'], ['dots', '{"a.b":1}'], ['mixed lists', '{"a":[1,"b"]}'], ['lists of objects', '{"a":[{"b":1}]}']])(
    'may be changed by its column: %s',
    (_what, text) => expect(changesOf(text)).toBe(true),
  );

  it('ends where its index says', () => {
    expect(new PlainJson(Buffer.from('{"a":1}}')).endOfObject(0)).toBe(7);
    expect(new PlainJson(Buffer.from('"')).endOfText(0)).toBe(notPlain);
  });
});
