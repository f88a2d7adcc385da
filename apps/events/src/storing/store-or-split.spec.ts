import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storeOrSplit } from './store-or-split.js';

class Refusal extends Error {
  constructor(readonly at: number) { super(); }
}

/** A store that takes parts without any of the bad; where `hints` says so, its hint is wrong. */
async function run(count: number, bad: ReadonlySet<number>, hint: (place: number) => number | undefined) {
  const stored: number[] = [];
  const refused: number[] = [];
  let tries = 0;
  await storeOrSplit(Array.from({ length: count }, (_, index) => index), {
    store: async (items, first) => {
      tries += 1;
      expect(items[0]).toBe(first);
      const place = items.findIndex((item) => bad.has(item));
      if (place >= 0) throw new Refusal(place);
      stored.push(...items);
    },
    splits: (error) => error instanceof Refusal,
    suspect: (error) => (error instanceof Refusal ? hint(error.at) : undefined),
    refused: (item, index) => void (expect(item).toBe(index), refused.push(item)),
  });
  return { stored, refused, tries };
}

describe('storeOrSplit', () => {
  it('stores all but the bad ones, each once, whatever is bad and whatever the hints say', async () => {
    const hints = [(place: number) => place, () => undefined, () => 0, (place: number) => place * 7 - 3];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.uniqueArray(fc.nat(59)), fc.constantFrom(...hints), async (count, picks, hint) => {
        const bad = new Set(picks.filter((one) => one < count));
        const { stored, refused } = await run(count, bad, hint);
        expect(refused).toEqual([...bad].sort((a, b) => a - b));
        expect(stored).toEqual(Array.from({ length: count }, (_, index) => index).filter((item) => !bad.has(item)));
      }),
    );
  });

  it('needs four tries for one bad item that it is told of, and few without', async () => {
    expect((await run(10_000, new Set([7_777]), (place) => place)).tries).toBe(4);
    expect((await run(10_000, new Set([7_777]), () => undefined)).tries).toBeLessThan(32);
  });

  it('throws what splitting cannot mend', async () => {
    const failing = storeOrSplit([1, 2], { store: () => Promise.reject(new Error('away')), splits: () => false, suspect: () => undefined, refused: () => undefined });
    await expect(failing).rejects.toThrow('away');
  });
});
