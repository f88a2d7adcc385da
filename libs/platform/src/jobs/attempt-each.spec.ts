import { describe, expect, it } from 'vitest';
import { attemptEach } from './attempt-each.js';

const tell = (failed: number): string => `${failed} failed`;

describe('attempting each', () => {
  it('goes one after another and gives what each gave', async () => {
    const order: string[] = [];
    const done = await attemptEach([2, 1], async (n) => {
      order.push(`begins ${n}`);
      await Promise.resolve();
      order.push(`ends ${n}`);
      return n * 10;
    }, tell);
    expect(done).toEqual([20, 10]);
    expect(order).toEqual(['begins 2', 'ends 2', 'begins 1', 'ends 1']);
  });

  it('lets none be held up by one that fails, and tells of all in the end', async () => {
    const tried: number[] = [];
    const work = async (n: number): Promise<void> => {
      tried.push(n);
      if (n > 1) throw new Error(`no ${n}`);
    };
    await expect(attemptEach([2, 1, 3], work, tell)).rejects.toMatchObject({ message: '2 failed', cause: { message: 'no 2' } });
    expect(tried).toEqual([2, 1, 3]);
  });
});
