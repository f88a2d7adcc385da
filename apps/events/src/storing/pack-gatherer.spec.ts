import { describe, expect, it } from 'vitest';
import { PackGatherer } from './pack-gatherer.js';
import type { ReceivedPack } from './received-pack.js';

let made = 0;
const packOf = (rows: number, size = rows * 100): ReceivedPack => ({ id: `p${made++}`, target: 'events', rows, size, folded: Buffer.alloc(0), isRedelivered: false });
const done: PromiseSettledResult<void> = { status: 'fulfilled', value: undefined };

/** Holds every insert until it is let go. */
function gathererOf(options: { capacity?: number; spacingMs?: number } = {}) {
  const inserts: { packs: readonly ReceivedPack[]; letGo: () => void }[] = [];
  const store = (packs: readonly ReceivedPack[]) =>
    new Promise<readonly PromiseSettledResult<void>[]>((resolve) => inserts.push({ packs, letGo: () => resolve(packs.map(() => done)) }));
  return { inserts, gatherer: new PackGatherer({ store, capacity: 1_000, spacingMs: 60_000, ...options }) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('PackGatherer', () => {
  it('stores the first pack at once, and lets those behind it wait for company', async () => {
    const { inserts, gatherer } = gathererOf();
    void gatherer.add(packOf(1));
    for (let index = 0; index < 5; index++) void gatherer.add(packOf(1));
    await turn();
    expect(inserts.map(({ packs }) => packs.length)).toEqual([1]);
    gatherer.close();
    expect(inserts.map(({ packs }) => packs.length)).toEqual([1, 5]);
  });

  it('lets none wait longer than the spacing', async () => {
    const { inserts, gatherer } = gathererOf({ spacingMs: 30 });
    void gatherer.add(packOf(1));
    const begun = performance.now();
    inserts[0]?.letGo();
    await turn();
    void gatherer.add(packOf(1));
    expect(inserts).toHaveLength(1);
    await expect.poll(() => inserts.length, { interval: 2 }).toBe(2);
    expect(performance.now() - begun).toBeGreaterThan(25);
  });

  it('has a few wait for the insert that is under way, but not behind one that is stuck', async () => {
    const { inserts, gatherer } = gathererOf({ spacingMs: 0 });
    void gatherer.add(packOf(1));
    void gatherer.add(packOf(1));
    void gatherer.add(packOf(1));
    await turn();
    expect(inserts).toHaveLength(1);
    inserts[0]?.letGo();
    await expect.poll(() => inserts.length, { interval: 2 }).toBe(2);
    void gatherer.add(packOf(1));
    await expect.poll(() => inserts.length, { timeout: 5_000 }).toBe(3);
    expect(inserts.map(({ packs }) => packs.length)).toEqual([1, 2, 1]);
  });

  it.each([['rows', packOf(20_000, 1)], ['bytes', packOf(1, 12 * 1024 * 1024)]])('waits for nothing when there are enough %s', (_what, large) => {
    const { inserts, gatherer } = gathererOf();
    void gatherer.add(packOf(1));
    void gatherer.add(large);
    expect(inserts).toHaveLength(2);
  });

  it('waits for nothing when half of what can be at hand is there', () => {
    const { inserts, gatherer } = gathererOf({ capacity: 8 });
    for (let index = 0; index < 8; index++) void gatherer.add(packOf(1));
    expect(inserts.map(({ packs }) => packs.length)).toEqual([1, 4]);
  });

  it('has two inserts under way at most, and gathers what comes meanwhile', async () => {
    const { inserts, gatherer } = gathererOf();
    for (let index = 0; index < 6; index++) void gatherer.add(packOf(20_000));
    expect(inserts).toHaveLength(2);
    inserts[0]?.letGo();
    await expect.poll(() => inserts.length).toBe(3);
    expect(inserts[2]?.packs).toHaveLength(4);
  });

  it.each([['rows', () => packOf(40_000, 1), 2], ['bytes', () => packOf(1, 6 * 1024 * 1024), 2], ['one that is larger than that', () => packOf(1, 64 * 1024 * 1024), 1]])(
    'takes no more %s at once than ClickHouse should hold', async (_what, make, each) => {
      const { inserts, gatherer } = gathererOf();
      for (let index = 0; index < 8; index++) void gatherer.add(make());
      for (let index = 0; index < 3; index++) {
        await expect.poll(() => inserts.length).toBeGreaterThan(index + 1);
        inserts[index]?.letGo();
      }
      expect(inserts.slice(2).every(({ packs }) => packs.length === each)).toBe(true);
    },
  );

  it('tells each pack what became of it', async () => {
    const refusal = new Error('this one');
    const gatherer = new PackGatherer({
      capacity: 1, spacingMs: 0,
      store: async (packs) => packs.map(({ rows }) => (rows === 13 ? { status: 'rejected', reason: refusal } : done)),
    });
    await expect(gatherer.add(packOf(13))).rejects.toBe(refusal);
    await expect(Promise.all([gatherer.add(packOf(1)), gatherer.add(packOf(2))])).resolves.toBeDefined();
  });

  it('goes on after a store that failed', async () => {
    let failing = true;
    const gatherer = new PackGatherer({
      capacity: 1, spacingMs: 0,
      store: async (packs) => { if (failing) throw new Error('away'); return packs.map(() => done); },
    });
    await expect(gatherer.add(packOf(1))).rejects.toThrow('away');
    failing = false;
    await expect(gatherer.add(packOf(1))).resolves.toBeUndefined();
  });
});
