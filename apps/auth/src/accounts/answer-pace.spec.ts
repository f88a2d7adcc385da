import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atPace } from './answer-pace.js';

const timed = async (work: Promise<void>): Promise<number> => {
  const begun = performance.now();
  await atPace(work).catch(() => undefined);
  return performance.now() - begun;
};

describe('answering at a pace', () => {
  it('takes as long for little work as for more, and for work that fails', async () => {
    const took = await Promise.all([timed(Promise.resolve()), timed(delay(60)), timed(Promise.reject(new Error('failed')))]);
    for (const ms of took) expect(ms).toBeGreaterThanOrEqual(148);
  });

  it('waits for the next multiple when the first has passed', async () => {
    expect(await timed(delay(160))).toBeGreaterThanOrEqual(298);
  });

  it('lets a failure through', async () => {
    await expect(atPace(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });
});
