import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isApiKey, isMeantAsApiKey, newApiKey, publicPrefixOf } from './api-key.js';

describe('an API key', () => {
  it('is well formed, never twice the same, and says what it is', () => {
    const keys = Array.from({ length: 200 }, newApiKey);
    expect(new Set(keys).size).toBe(200);
    for (const key of keys) {
      expect(key).toMatch(/^atr_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      expect(isApiKey(key)).toBe(true);
      expect(isMeantAsApiKey(key)).toBe(true);
      expect(publicPrefixOf(key)).toBe(key.slice(0, 15));
    }
  });

  it('with any one letter changed is none', () => {
    const letter = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-');
    fc.assert(
      fc.property(fc.nat({ max: 58 }), letter, (position, replacement) => {
        const key = newApiKey();
        fc.pre(key[position] !== replacement);
        expect(isApiKey(`${key.slice(0, position)}${replacement}${key.slice(position + 1)}`)).toBe(false);
      }),
    );
  });

  it('is nothing else', () => {
    for (const text of ['', 'atr_', 'wk_1', 'eyJhbGciOiJFUzI1NiJ9.e30.x', `${newApiKey()} `, `${newApiKey()}\n`, newApiKey().toLowerCase()]) {
      expect(isApiKey(text)).toBe(false);
    }
  });
});
