import { describe, expect, it } from 'vitest';
import { gatheringMs } from './outbox-relay.js';

describe('messages are gathered', () => {
  it('not after one that came alone, which leaves at once', () => {
    expect([gatheringMs(0, 100), gatheringMs(1, 100)]).toEqual([0, 0]);
  });

  it('ever longer from twenty a second on, up to the longest wait, and no longer below', () => {
    const settled = (perSecond: number): number => {
      let wait = 100;
      for (let claim = 0; claim < 100; claim += 1) wait = gatheringMs(Math.floor((perSecond * wait) / 1000), 100);
      return wait;
    };
    expect([5, 15, 30, 1_000].map(settled)).toEqual([0, 0, 100, 100]);
  });
});
