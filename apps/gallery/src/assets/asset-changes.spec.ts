import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, changedFields, type PropertyOperation } from './asset-changes.js';

const before = { tags: ['Sommer', 'Meer'], metadata: { a: 1, b: null } };
const word = fc.constantFrom('Sommer', 'sommer', 'Meer', 'Été', 'été', 'x');
const tags = fc.uniqueArray(word, { minLength: 1, selector: (tag) => tag.toLowerCase() });
const anyOperation: fc.Arbitrary<PropertyOperation> = fc.oneof(
  fc.record({ op: fc.constant('add_tags' as const), tags }),
  fc.record({ op: fc.constant('remove_tags' as const), tags }),
  fc.record({ op: fc.constant('set_metadata' as const), metadata: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer()) }),
  fc.record({ op: fc.constant('remove_metadata' as const), keys: fc.array(fc.constantFrom('a', 'b', 'c')) }),
);

describe('operations on tags and metadata', () => {
  it('add what is not there in any case, after the rest, and remove in any case', () => {
    expect(applied(before, [{ op: 'add_tags', tags: ['MEER', 'Strand'] }])).toEqual({ ...before, tags: ['Sommer', 'Meer', 'Strand'] });
    expect(applied(before, [{ op: 'remove_tags', tags: ['SOMMER', 'nie'] }])).toEqual({ ...before, tags: ['Meer'] });
  });

  it('set keys beside the others, null too, and remove keys', () => {
    expect(applied(before, [{ op: 'set_metadata', metadata: { a: null, c: 'x' } }])).toEqual({ ...before, metadata: { a: null, b: null, c: 'x' } });
    expect(applied(before, [{ op: 'remove_metadata', keys: ['b', 'z'] }])).toEqual({ ...before, metadata: { a: 1 } });
  });

  it('are refused where the file would hold more than it may', () => {
    const many = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);
    expect(applied({ tags: many('t', 49), metadata: {} }, [{ op: 'add_tags', tags: ['x'] }])).toHaveProperty('tags.length', 50);
    expect(applied({ tags: many('t', 50), metadata: {} }, [{ op: 'add_tags', tags: ['x'] }])).toHaveProperty('refusal');
    expect(applied({ tags: many('t', 50), metadata: {} }, [{ op: 'add_tags', tags: ['T0'] }])).toHaveProperty('tags.length', 50);
    const metadata = Object.fromEntries(many('k', 50).map((key) => [key, 1]));
    expect(applied({ tags: [], metadata }, [{ op: 'set_metadata', metadata: { more: 1 } }])).toHaveProperty('refusal');
    expect(applied({ tags: [], metadata: { a: 'x'.repeat(16_000) } }, [{ op: 'set_metadata', metadata: { b: 'x'.repeat(400) } }])).toHaveProperty('refusal');
  });

  it('done again change nothing more, and never make two tags that differ by case alone', () => {
    fc.assert(
      fc.property(anyOperation, fc.array(anyOperation), (operation, others) => {
        const start = applied(before, others);
        if ('refusal' in start) return;
        const once = applied(start, [operation]);
        if ('refusal' in once) return;
        expect(applied(once, [operation])).toEqual(once);
        expect(new Set(once.tags.map((tag) => tag.toLowerCase())).size).toBe(once.tags.length);
      }),
    );
  });
});

describe('changed fields', () => {
  const asset = { filename: 'a.png', ...before };

  it('are those with another value, whatever the order of keys', () => {
    expect(changedFields(asset, { ...asset, metadata: { b: null, a: 1 } })).toEqual([]);
    expect(changedFields(asset, { ...asset, tags: ['Meer', 'Sommer'] })).toEqual(['tags']);
    expect(changedFields(asset, { filename: 'b.png', tags: [], metadata: {} })).toEqual(['filename', 'tags', 'metadata']);
  });
});
