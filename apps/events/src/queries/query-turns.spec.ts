import { describe, expect, it } from 'vitest';
import { QueryTurns } from './query-turns.js';

/** Work that ends when it is told to. */
const held = () => {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { work: () => promise, end: () => end() };
};

describe("an organization's turns", () => {
  it('are three at a time, whatever others do', async () => {
    const turns = new QueryTurns({ running: 3, waiting: 60 });
    const [mine, theirs] = [held(), held()];
    const running = [1, 2, 3].map(() => turns.take('a', mine.work));
    await expect(turns.take('a', mine.work)).rejects.toThrow('3 queries');
    const others = turns.take('b', theirs.work);
    mine.end();
    theirs.end();
    await Promise.all([...running, others]);
    await expect(turns.take('a', async () => 'free')).resolves.toBe('free');
  });

  it('go to whoever waits longest, and whoever waited too long is told so', async () => {
    const turns = new QueryTurns({ running: 3, waiting: 60 });
    const first = held();
    const running = [1, 2, 3].map(() => turns.take('a', first.work));
    const order: number[] = [];
    const waiting = [1, 2].map((n) => turns.take('a', async () => void order.push(n), 5_000));
    await expect(turns.take('a', async () => undefined, 1)).rejects.toThrow('3 queries');
    first.end();
    await Promise.all([...running, ...waiting]);
    expect(order).toEqual([1, 2]);
  });

  it('are given back by work that fails', async () => {
    const turns = new QueryTurns({ running: 3, waiting: 60 });
    for (let i = 0; i < 5; i += 1) await expect(turns.take('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(turns.take('a', async () => 1)).resolves.toBe(1);
  });

  it('are refused when too many wait', async () => {
    const turns = new QueryTurns({ running: 1, waiting: 1 });
    const first = held();
    const running = [turns.take('a', first.work), turns.take('a', async () => undefined, 5_000)];
    await expect(turns.take('a', async () => undefined, 5_000)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    first.end();
    await Promise.all(running);
  });
});
