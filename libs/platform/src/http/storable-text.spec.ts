import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unstorableTexts } from './storable-text.js';

const fieldsOf = (input: unknown): string[] => unstorableTexts(input).map(({ field }) => field);

describe('unstorableTexts', () => {
  it('names the fields that hold U+0000 or half a surrogate pair', () => {
    expect(fieldsOf({ a: 'x\0', b: { c: ['fine', '\ud800x'] }, d: 'x\udfff' }).sort()).toEqual(['a', 'b.c.1', 'd']);
  });

  it('names the object whose key is unstorable', () => {
    expect(fieldsOf({ outer: { 'k\0': 1 } })).toEqual(['outer']);
  });

  it('accepts every text of whole characters but U+0000', () => {
    const wholeText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    fc.assert(fc.property(fc.dictionary(wholeText, fc.array(wholeText)), (input) => unstorableTexts(input).length === 0));
  });

  it('survives nesting deeper than any stack', () => {
    let input: unknown = 'x\0';
    for (let depth = 0; depth < 2_000; depth += 1) input = [input];
    expect(unstorableTexts(input)).toHaveLength(1);
  });
});
