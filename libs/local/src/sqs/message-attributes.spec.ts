import { describe, expect, it } from 'vitest';
import { assertMessageAttributes, selectAttributes, sizeOfAttributes } from './message-attributes.js';

const text = { DataType: 'String', StringValue: 'x' };

describe('message attributes', () => {
  it.each(['a', 'a.b', 'A-1_b'])('may be called %s', (name) => {
    expect(() => assertMessageAttributes({ [name]: text })).not.toThrow();
  });

  it.each(['', '.a', 'a.', 'a..b', 'a b', 'AWS.x', 'amazon.x', 'n'.repeat(257)])('may not be called %s', (name) => {
    expect(() => assertMessageAttributes({ [name]: text })).toThrow(/name/);
  });

  it.each(['1', '-1.5', '+.5', '1e10'])('of type Number may be %s', (StringValue) => {
    expect(() => assertMessageAttributes({ n: { DataType: 'Number', StringValue } })).not.toThrow();
  });

  it('are at most ten', () => {
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text]));
    expect(() => assertMessageAttributes(eleven)).toThrow(/exceeds the allowed maximum/);
  });

  it('count by name, type and decoded value', () => {
    expect(sizeOfAttributes({ ab: { DataType: 'Binary', BinaryValue: 'AAEC' } })).toBe(2 + 6 + 3);
  });

  it('are chosen by name, prefix or all, and not at all unless asked for', () => {
    const attributes = { 'a.one': text, 'a.two': text, b: text };
    const chosen = (...names: string[]) => Object.keys(selectAttributes(attributes, names) ?? {});
    expect(chosen()).toEqual([]);
    expect(chosen('b')).toEqual(['b']);
    expect(chosen('a.*')).toEqual(['a.one', 'a.two']);
    expect(chosen('All')).toEqual(['a.one', 'a.two', 'b']);
  });
});
