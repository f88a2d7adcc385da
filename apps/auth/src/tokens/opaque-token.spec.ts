import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOfToken, newOpaqueToken, newSuccessorSalt, successorOf } from './opaque-token.js';

describe('opaque tokens', () => {
  it('are 256 random bits that survive a URL', () => {
    const tokens = new Set(Array.from({ length: 100 }, newOpaqueToken));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('are stored as a hash of 32 bytes', () => {
    expect(hashOfToken('token')).toHaveLength(32);
  });
});

describe('the successor of a refresh token', () => {
  it('is the same for the same halves, and another when either differs', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => {
        fc.pre(one !== other);
        const salt = newSuccessorSalt();
        expect(successorOf(one, salt)).toBe(successorOf(one, salt));
        expect(successorOf(one, salt)).not.toBe(successorOf(other, salt));
        expect(successorOf(one, salt)).not.toBe(successorOf(one, newSuccessorSalt()));
      }),
    );
  });
});
