import { describe, expect, it } from 'vitest';
import { batchAssets } from './asset-batch.endpoints.js';
import { assetMetadata, assetTags } from './asset-properties.schema.js';

const messagesOf = (result: { error?: { issues: readonly { message: string }[] } | undefined }): string[] =>
  (result.error?.issues ?? []).map(({ message }) => message);

describe('tags', () => {
  it('are trimmed and in NFC', () => {
    expect(assetTags.parse(['  Sommer ', 'Cafe\u0301'])).toEqual(['Sommer', 'Caf\u00e9']);
  });

  it('are 64 characters each at most, whatever their bytes', () => {
    expect(assetTags.safeParse(['😀'.repeat(64)]).success).toBe(true);
    expect(messagesOf(assetTags.safeParse(['x'.repeat(65)]))).toEqual(['must be at most 64 characters']);
  });

  it('are refused twice in another case, empty, with control characters, and beyond fifty', () => {
    expect(messagesOf(assetTags.safeParse(['Été', 'éTÉ']))).toEqual(['must differ by more than case']);
    expect(messagesOf(assetTags.safeParse(['   ']))).toEqual(['must not be empty']);
    expect(messagesOf(assetTags.safeParse(['a\u0007b']))).toEqual(['must not contain control characters']);
    const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${i}`);
    expect(assetTags.safeParse(many(50)).success).toBe(true);
    expect(assetTags.safeParse(many(51)).success).toBe(false);
  });
});

describe('metadata', () => {
  it('is flat: strings, numbers, truth values and null', () => {
    expect(assetMetadata.parse({ a: 'x', b: 1.5, c: true, d: null })).toEqual({ a: 'x', b: 1.5, c: true, d: null });
    for (const value of [{}, [], undefined]) expect(assetMetadata.safeParse({ a: value }).success).toBe(false);
    expect(assetMetadata.safeParse([]).success).toBe(false);
  });

  it('has fifty keys and 16 KB at most', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    expect(assetMetadata.safeParse(keys(50)).success).toBe(true);
    expect(messagesOf(assetMetadata.safeParse(keys(51)))).toEqual(['must have at most 50 keys']);
    expect(assetMetadata.safeParse({ a: 'é'.repeat(8_188) }).success).toBe(true);
    expect(messagesOf(assetMetadata.safeParse({ a: 'é'.repeat(8_189) }))).toEqual(['must be at most 16384 bytes as JSON']);
  });
});

describe('a batch', () => {
  const id = '0190b6a4-0000-7000-8000-00000000abcd';
  const parse = (operations: readonly object[], items: readonly object[]) => batchAssets.body.safeParse({ operations, items });

  it('moves, or changes properties, each kind once', () => {
    expect(parse([{ op: 'trash' }], [{ id }]).success).toBe(true);
    expect(parse([{ op: 'add_tags', tags: ['a'] }, { op: 'remove_tags', tags: ['b'] }], [{ id }]).success).toBe(true);
    expect(parse([{ op: 'trash' }, { op: 'add_tags', tags: ['a'] }], [{ id }]).success).toBe(false);
    expect(parse([{ op: 'add_tags', tags: ['a'] }, { op: 'add_tags', tags: ['b'] }], [{ id }]).success).toBe(false);
    expect(parse([{ op: 'purge' }], [{ id }]).success).toBe(false);
  });

  it('names a file once, in whatever case, and a thousand at most', () => {
    expect(parse([{ op: 'trash' }], [{ id }, { id: id.toUpperCase() }]).success).toBe(false);
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `0190b6a4-0000-7000-8000-${String(i).padStart(12, '0')}` }));
    expect(parse([{ op: 'trash' }], many(1_000)).success).toBe(true);
    expect(parse([{ op: 'trash' }], many(1_001)).success).toBe(false);
    expect(parse([{ op: 'trash' }], []).success).toBe(false);
  });
});
