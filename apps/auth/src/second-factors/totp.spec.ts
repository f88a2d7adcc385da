import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { newTotpSecret, otpauthUrl, stepOf, totpSecretText } from './totp.js';

/** The test secret of RFC 6238, appendix B. */
const rfcSecret = Buffer.from('12345678901234567890');
const codeAt = (secret: Buffer, timestamp: number): string => TOTP.generate({ secret: Secret.fromHex(secret.toString('hex')), timestamp });

describe('a code of an authenticator app', () => {
  // Appendix B has eight digits; six are the last of them (RFC 4226 §5.3).
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
  ])('at second %i is what RFC 6238 says', (seconds, code) => {
    expect(stepOf(rfcSecret, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('counts for its own step and the two beside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 80_000_000 }), fc.integer({ min: -4, max: 4 }), fc.nat(29_999), (step, drift, within) => {
        const code = codeAt(rfcSecret, (step + drift) * 30_000);
        const found = stepOf(rfcSecret, code, step * 30_000 + within);
        if (Math.abs(drift) <= 1) expect(found).toBeDefined();
        if (found === undefined) return;
        // Codes of several steps may be the same digits by chance.
        expect(codeAt(rfcSecret, found * 30_000)).toBe(code);
        expect(Math.abs(found - step)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of another secret is wrong', () => {
    const now = 1_700_000_000_000;
    expect(stepOf(Buffer.from('another secret, 20 b'), codeAt(rfcSecret, now), now)).toBeUndefined();
  });
});

describe('a secret for an authenticator app', () => {
  it('has 160 bits and is another one each time', () => {
    const secrets = Array.from({ length: 20 }, newTotpSecret);
    expect(new Set(secrets.map(String)).size).toBe(20);
    for (const secret of secrets) expect(totpSecretText(secret)).toMatch(/^[A-Z2-7]{32}$/);
  });

  it('travels by URL whole, whatever the address holds', () => {
    const url = otpauthUrl(rfcSecret, 'ann+a&b=c:d@example.com');
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      issuer: 'Atrium',
      secret: totpSecretText(rfcSecret),
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    expect(decodeURIComponent(new URL(url).pathname)).toContain('ann+a&b=c:d@example.com');
  });
});
