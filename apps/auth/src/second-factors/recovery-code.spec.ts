import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-code.js';

describe('recovery codes', () => {
  it('are ten, all different, of 80 bits', () => {
    const all = Array.from({ length: 20 }, newRecoveryCodes);
    for (const codes of all) {
      expect(codes).toHaveLength(10);
      for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    }
    expect(new Set(all.flat()).size).toBe(200);
  });

  it('use every letter about as often as any other', () => {
    const counts = new Map<string, number>();
    for (const letter of Array.from({ length: 200 }, newRecoveryCodes).flat().join('').replaceAll('-', '')) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    // 32,000 letters, 1,000 of each: seven standard deviations.
    expect(counts.size).toBe(32);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(220);
  });

  it('count however they are typed', () => {
    const [code = ''] = newRecoveryCodes();
    const noise = fc.array(fc.constantFrom(' ', '-', ''), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(noise, fc.boolean(), fc.boolean(), (gaps, lower, alike) => {
        const letters = code.replaceAll('-', '').replaceAll(alike ? '0' : '-', 'O').replaceAll(alike ? '1' : '-', 'l');
        const typed = [...letters].map((letter, index) => letter + gaps[index]).join('');
        expect(hashOfRecoveryCode('ann', lower ? typed.toLowerCase() : typed)).toEqual(hashOfRecoveryCode('ann', code));
      }),
    );
  });

  it('are stored so that the same code of another account looks different', () => {
    const [code = '', other = ''] = newRecoveryCodes();
    expect(hashOfRecoveryCode('ann', code)).not.toEqual(hashOfRecoveryCode('bob', code));
    expect(hashOfRecoveryCode('ann', code)).not.toEqual(hashOfRecoveryCode('ann', other));
  });
});
