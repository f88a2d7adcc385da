import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { compactVerify, decodeJwt, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signCompactJws } from './compact-jws.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const header = { typ: 'at+jwt', kid: 'key-1' };

describe('a token signed by hand', () => {
  it('is what jose makes of the same claims, but for the randomness of the signature', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (claims) => {
        const ours = signCompactJws(header, claims, privateKey);
        const theirs = await new SignJWT(claims as Record<string, unknown>).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey);
        expect(ours.split('.').slice(0, 2)).toEqual(theirs.split('.').slice(0, 2));
        expect(ours).toHaveLength(theirs.length);
        const { payload, protectedHeader } = await compactVerify(ours, publicKey, { algorithms: ['ES256'] });
        expect(protectedHeader).toEqual({ alg: 'ES256', ...header });
        expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(JSON.parse(JSON.stringify(claims)));
      }),
      { numRuns: 200 },
    );
  });

  it('is refused once a letter of it changes', async () => {
    const token = signCompactJws(header, { sub: 'ann', exp: Math.floor(Date.now() / 1000) + 60 }, privateKey);
    expect((await jwtVerify(token, publicKey)).payload).toEqual(decodeJwt(token));
    for (const at of [5, token.indexOf('.') + 5, token.lastIndexOf('.') + 5]) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      await expect(jwtVerify(changed, publicKey)).rejects.toThrow();
    }
  });
});
