import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersAbove } from './numbers-above.js';

describe('numbersAbove', () => {
  it('matches what is larger and nothing else', () => {
    const number = fc.oneof(fc.nat(200), fc.nat(), fc.bigInt({ min: 0n, max: 10n ** 30n }));
    fc.assert(
      fc.property(fc.oneof(fc.nat(200), fc.nat()), number, fc.nat(3), (limit, other, zeros) => {
        const near = [limit - 1, limit, limit + 1].filter((one) => one >= 0);
        for (const one of [...near, other]) {
          expect(new RegExp(numbersAbove(limit)).test('0'.repeat(zeros) + String(one))).toBe(BigInt(one) > BigInt(limit));
        }
      }),
    );
  });

  it('is short enough for WAF, which takes 512 characters', () => expect(numbersAbove(1_048_576).length).toBeLessThan(200));
});
