import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelay } from './retry-delay.js';

it('doubles with each try, up to the maximum, with at most a quarter taken off', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), (attempt) => {
      const full = Math.min(500 * 2 ** (attempt - 1), 60_000);
      const delay = retryDelay(attempt, { baseMs: 500, maxMs: 60_000 });
      expect(delay).toBeLessThanOrEqual(full);
      expect(delay).toBeGreaterThanOrEqual(full * 0.75);
    }),
  );
});
