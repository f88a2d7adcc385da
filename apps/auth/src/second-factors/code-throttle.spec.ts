import type { Limit, LimitDecision } from '@atrium/platform/state';
import { DomainError } from '@atrium/platform/errors';
import { describe, expect, it } from 'vitest';
import { CodeThrottle } from './code-throttle.js';

/** Windows that begin with a key's first request, by a clock of the test's own. */
class Limits {
  seconds = 0;
  private readonly windows = new Map<string, { end: number; count: number }>();

  async consume(key: string, limit: Limit): Promise<LimitDecision> {
    const known = this.windows.get(key);
    const window = known && known.end > this.seconds ? known : { end: this.seconds + limit.windowSeconds, count: 0 };
    window.count += 1;
    this.windows.set(key, window);
    const remaining = Math.max(0, limit.requests - window.count);
    return { allowed: window.count <= limit.requests, limit: limit.requests, remaining, resetSeconds: window.end - this.seconds };
  }

  async reset(key: string): Promise<void> {
    this.windows.delete(key);
  }
}

const setUp = () => {
  const limits = new Limits();
  const throttle = new CodeThrottle({ limits }, { LIMIT_SCALE: 1 });
  const isAllowed = (code: string, address = '192.0.2.1'): Promise<boolean> =>
    throttle.consume('ann', code, address).then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(DomainError);
        return false;
      },
    );
  return { limits, throttle, isAllowed };
};

describe('guesses at codes', () => {
  it('wait longer the more there are: 5 in five minutes, 20 in an hour, 50 in a day', async () => {
    const { limits, isAllowed } = setUp();
    const allowed: number[] = [];
    for (; limits.seconds < 86_400; limits.seconds += 1) if (await isAllowed('123456', `192.0.2.${limits.seconds % 250}`)) allowed.push(limits.seconds);
    const within = (seconds: number) => allowed.filter((at) => at < seconds).length;
    expect([within(300), within(3_600), within(86_400)]).toEqual([5, 20, 50]);
  });

  it('begin anew after a right code', async () => {
    const { throttle, isAllowed } = setUp();
    for (let round = 0; round < 20; round += 1) {
      for (let guess = 0; guess < 5; guess += 1) expect(await isAllowed('123456')).toBe(true);
      expect(await isAllowed('123456')).toBe(false);
      await throttle.forgive('ann');
    }
  });

  it('at one factor leave the owner the other: recovery codes are counted by address', async () => {
    const { isAllowed } = setUp();
    for (let guess = 0; guess < 200; guess += 1) {
      await isAllowed('123456');
      await isAllowed('7K3M0QXF7K3M0QXF', '198.51.100.7');
    }
    expect(await isAllowed('7K3M0QXF7K3M0QXF', '198.51.100.7')).toBe(false);
    expect(await isAllowed('7K3M0QXF7K3M0QXF', '203.0.113.5')).toBe(true);
  });
});
