import { type AssetSort, assetSort } from '@atrium/contracts/gallery';
import { encodeKeyCursor, listNameOf } from '@atrium/platform/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterSql, decodePosition, orderSql } from './asset-order.js';

const id = '0190b6a4-0000-7000-8000-000000000001';
const list = listNameOf('org', { sort: 'name' });
const keyOf: Record<AssetSort, string | number> = {
  created_at: '2026-11-20T10:00:00.123Z', '-created_at': '2026-11-20T10:00:00.123Z', name: 'a', '-name': 'a', size: 1, '-size': 1,
};

describe('the order of assets', () => {
  it.each(assetSort.options)('%s goes on from where a cursor says', (sort) => {
    const position = { key: keyOf[sort], id };
    expect(decodePosition(list, sort, encodeKeyCursor(list, position))).toEqual(position);
    const values: unknown[] = [];
    const sql = afterSql(sort, position, (value) => `$${values.push(value)}`);
    expect(sql).toContain(sort.startsWith('-') ? ' < ' : ' > ');
    expect(values).toEqual([keyOf[sort], id]);
    expect(orderSql(sort).match(/desc/g)?.length ?? 0).toBe(sort.startsWith('-') ? 2 : 0);
  });

  it('takes any name that a file may have into a cursor that is not too long to send back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (name) => {
        const key = [...name].slice(0, 100).join('');
        fc.pre(key.length <= 200 && !key.includes('\0'));
        const cursor = encodeKeyCursor(list, { key, id });
        expect(decodePosition(list, 'name', cursor).key).toBe(key);
      }),
    );
    expect(encodeKeyCursor(list, { key: '😀'.repeat(100), id }).length).toBeLessThanOrEqual(1_024);
  });

  it('refuses cursors with a key that its column does not hold', () => {
    const forged: [AssetSort, unknown][] = [
      ['created_at', '0000-01-01T00:00:00Z'], ['created_at', 'infinity'], ['created_at', 1], ['size', '1'], ['size', -1], ['size', 1.5],
      ['size', 1e300], ['name', 'a\0'], ['name', 1], ['name', null], ['name', 'x'.repeat(201)],
    ];
    for (const [sort, key] of forged) expect(() => decodePosition(list, sort, encodeKeyCursor(list, { key, id })), `${sort} ${String(key)}`).toThrow();
    expect(() => decodePosition(list, 'name', encodeKeyCursor(listNameOf('other', { sort: 'name' }), { key: 'a', id }))).toThrow();
  });
});
