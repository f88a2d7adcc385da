import { expect, it } from 'vitest';
import { parseJson } from './parse-json.js';
import { withPlainNumbers } from './raw-json.js';

const read = (text: string): object => Object(parseJson(Buffer.from(text)));

it('digits that doubles do not hold become the nearest number, at any depth, and nothing else changes', () => {
  expect(withPlainNumbers(read('{"a":12345678901234567890,"b":[1,{"c":[-98765432109876543210]}],"d":"12345678901234567890"}'))).toEqual({
    a: 12345678901234567890,
    b: [1, { c: [-98765432109876543210] }],
    d: '12345678901234567890',
  });
});

it('what holds plain numbers alone is given back itself', () => {
  const value = read('{"a":[1,{"b":null}],"c":{}}');
  expect(withPlainNumbers(value)).toBe(value);
});

it('takes time by its size alone, however deep it is', () => {
  const value = read(`${'{"a":'.repeat(32)}12345678901234567890${'}'.repeat(32)}`);
  expect(JSON.stringify(withPlainNumbers(value))).toContain('12345678901234567000');
});
