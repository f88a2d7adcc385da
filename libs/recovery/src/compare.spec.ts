import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figureDifferences, rangeDifferences, rangeOf, structureDifferences } from './compare.js';

const figures = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.record({ rows: fc.integer({ min: 1, max: 9 }), checksum: fc.constantFrom('1', '2') }));

describe('what was measured before and after a backup', () => {
  it('is met by either measurement', () => {
    fc.assert(
      fc.property(figures, figures, (before, after) => {
        const range = rangeOf(before, after);
        expect([...rangeDifferences(range, before), ...rangeDifferences(range, after)]).toEqual([]);
      }),
    );
  });

  it('is met by nothing else where nothing was written', () => {
    fc.assert(fc.property(figures, figures, (found, other) => {
      const same = figureDifferences(found, other).length === 0;
      expect(rangeDifferences(rangeOf(found, found), other).length === 0).toBe(same);
    }));
  });

  it('is not met by more or fewer rows than either', () => {
    const range = rangeOf({ a: { rows: 5, checksum: '1' } }, { a: { rows: 9, checksum: '2' } });
    const of = (rows: number) => rangeDifferences(range, { a: { rows, checksum: '3' } });
    expect([of(5), of(7), of(9)]).toEqual([[], [], []]);
    expect(of(4)).toEqual(['a: 5 to 9 rows in the backup, 4 here']);
    expect(of(10)).toEqual(['a: 5 to 9 rows in the backup, 10 here']);
    expect(rangeDifferences(range, {})).toEqual(['a: 5 to 9 rows in the backup, 0 here']);
  });
});

describe('two structures', () => {
  it('differ by what is missing, what is more and what is another', () => {
    expect(structureDifferences({ x: '1', y: '1' }, { y: '2', z: '1' })).toEqual(['missing: x', 'not in the backup: z', 'differs: y: 1 → 2']);
    expect(structureDifferences({ x: '1' }, { x: '1' })).toEqual([]);
  });
});
