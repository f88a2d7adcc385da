import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttemptState, takeAttempt } from './attempt-rule.js';

const rule = { attempts: 5, firstPauseSeconds: 60, longestPauseSeconds: 3_600, memorySeconds: 86_400 };
const minute = 60_000;

/** Attempts again as soon as it is let, and gives the pauses met. */
function pausesOf(attempts: number): number[] {
  let state: AttemptState | undefined;
  let now = 1_790_000_000_000;
  const pauses: number[] = [];
  for (let index = 0; index < attempts; index += 1) {
    const taken = takeAttempt(state, rule, now);
    state = taken.state;
    now += taken.decision.pauseMs;
    if (taken.decision.pauseMs > 0) pauses.push(taken.decision.pauseMs / minute);
  }
  return pauses;
}

describe('attempts', () => {
  it('pause after each five of them, for 1, 2, 4 … minutes up to an hour', () => {
    expect(pausesOf(45)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(pausesOf(5 * 60).at(-1)).toBe(60);
  });

  it('are refused during a pause, which they make no longer', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: minute - 1 }), { minLength: 1 }), (times) => {
        let state: AttemptState | undefined;
        for (let index = 0; index < 5; index += 1) state = takeAttempt(state, rule, 0).state;
        for (const now of times.sort((a, b) => a - b)) {
          const taken = takeAttempt(state, rule, now);
          expect(taken.decision).toEqual({ allowed: false, pauseMs: minute - now });
          state = taken.state;
        }
        expect(takeAttempt(state, rule, minute).decision.allowed).toBe(true);
      }),
    );
  });

  it('are never more than five between two pauses, however they are spread over a day', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 * 3_600_000 }), { minLength: 6, maxLength: 60 }), (gaps) => {
        let state: AttemptState | undefined;
        let now = 0;
        let sincePause = 0;
        for (const gap of gaps) {
          now += gap;
          const taken = takeAttempt(state, rule, now);
          state = taken.state;
          if (!taken.decision.allowed) continue;
          sincePause = taken.decision.pauseMs > 0 ? 0 : sincePause + 1;
          expect(sincePause).toBeLessThan(5);
        }
      }),
    );
  });

  it('are forgotten a day after the last', () => {
    let state: AttemptState | undefined;
    for (let index = 0; index < 4; index += 1) state = takeAttempt(state, rule, 0).state;
    expect(takeAttempt(state, rule, 86_400_000 - 1).state.count).toBe(5);
    expect(takeAttempt(state, rule, 86_400_000).state.count).toBe(1);
  });
});
