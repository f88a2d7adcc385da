import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPosition, positionsIn, spreadPositions } from './item-positions.js';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('positions of an album', () => {
  it('lie in their gap, in order, as bytes compare', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 500 }), fc.integer({ min: 1, max: 200 }), fc.nat(), (size, count, at) => {
        const all = spreadPositions(size);
        const index = at % (size + 1);
        const lower = index === 0 ? null : (all[index - 1] ?? null);
        const upper = all[index] ?? null;
        const made = positionsIn({ lower, upper }, count) ?? [];
        expect(made).toHaveLength(count);
        const whole = [...all.slice(0, index), ...made, ...all.slice(index)];
        expect(whole.toSorted(byBytes)).toEqual(whole);
        expect(new Set(whole).size).toBe(whole.length);
      }),
    );
  });

  it('are short after appending as often as an album has room', () => {
    let last: string | null = null;
    for (let count = 0; count < 10_000; count += 1) last = positionsIn({ lower: last, upper: null }, 1)?.[0] ?? null;
    expect(last?.length).toBeLessThanOrEqual(5);
    expect(Math.max(...spreadPositions(10_000).map(({ length }) => length))).toBeLessThanOrEqual(5);
  });

  it('run out where files are put into one gap again and again, but not soon', () => {
    const [lower = null, upper = null] = spreadPositions(2);
    let next: string | null = upper;
    let moves = 0;
    for (; next !== null; moves += 1) {
      const made = positionsIn({ lower, upper: next }, 1);
      expect((made?.[0] ?? '').length).toBeLessThanOrEqual(longestPosition);
      next = made?.[0] ?? null;
    }
    expect(moves).toBeGreaterThan(200);
  });
});
