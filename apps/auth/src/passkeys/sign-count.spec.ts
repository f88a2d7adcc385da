import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggestsClone } from './sign-count.js';

const count = fc.integer({ min: 0, max: 4_294_967_295 });

describe('the count of uses', () => {
  it('of an authenticator that counts suggests a clone unless it rises', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4_294_967_295 }), count, (stored, presented) => {
      expect(suggestsClone(stored, presented)).toBe(presented <= stored);
    }));
  });

  it('of an authenticator that never counts suggests nothing', () => {
    expect(suggestsClone(0, 0)).toBe(false);
  });

  it('may begin late', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4_294_967_295 }), (presented) => !suggestsClone(0, presented)));
  });
});
