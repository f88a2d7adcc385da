import { describe, expect, it } from 'vitest';
import { inferSchema } from './infer-schema.js';

const many = (count: number, make: (index: number) => Record<string, unknown>) => Array.from({ length: count }, (_, index) => make(index));

describe('an inferred schema', () => {
  it('requires what is always there, and nothing else', () => {
    expect(inferSchema([{ a: 1, b: true }, { a: 2 }])).toEqual({
      type: 'object', properties: { a: { type: 'integer' }, b: { type: 'boolean' } }, required: ['a'],
    });
  });

  it('knows whole numbers from others, and keeps several types apart', () => {
    expect(inferSchema([{ a: 1, b: 1 }, { a: 1.5, b: 'x' }])).toMatchObject({ properties: { a: { type: 'number' }, b: { type: ['integer', 'string'] } } });
  });

  it('lists few values that came often, and not those that came as often as they differ', () => {
    const schema = inferSchema(many(40, (index) => ({ plan: ['free', 'pro'][index % 2], name: `n${index % 8}` })));
    expect(schema).toMatchObject({ properties: { plan: { enum: ['free', 'pro'] }, name: { type: 'string' } } });
    expect(JSON.stringify(schema)).not.toContain('n1');
  });

  it.each([
    ['uuid', '0190b3f0-1111-7222-8333-444455556666'], ['date-time', '2026-11-21T10:00:00Z'], ['date', '2026-11-21'],
    ['email', 'ann@example.com'], ['uri', 'https://example.com/a?b=c'],
  ])('knows the format %s where every text has it', (format, text) => {
    expect(inferSchema([{ a: text }, { a: text }])).toMatchObject({ properties: { a: { format } } });
    expect(JSON.stringify(inferSchema([{ a: text }, { a: 'other' }]))).not.toContain('format');
  });

  it('looks into lists and objects', () => {
    expect(inferSchema([{ items: [{ sku: 'a' }, { sku: 'b', n: 1 }] }])).toMatchObject({
      properties: { items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' }, n: { type: 'integer' } }, required: ['sku'] } } },
    });
  });

  it('names no properties where their names are data', () => {
    expect(inferSchema(many(300, (index) => ({ [`user-${index}`]: 1 })))).toEqual({ type: 'object' });
  });
});
