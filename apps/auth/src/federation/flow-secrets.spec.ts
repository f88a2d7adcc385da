import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowSecrets } from './flow-secrets.js';

const secret = fc.stringMatching(/^[\w-]{43}$/);

describe('nonce and verifier of a flow', () => {
  it('come again from the same cookie and state, and never resemble each other', () => {
    fc.assert(
      fc.property(secret, secret, (browserSecret, state) => {
        const { nonce, codeVerifier } = flowSecrets(browserSecret, state);
        expect(flowSecrets(browserSecret, state)).toEqual({ nonce, codeVerifier });
        expect(nonce).not.toBe(codeVerifier);
        // RFC 7636 §4.1.
        expect(codeVerifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
      }),
    );
  });

  it('differ for another cookie and for another state', () => {
    fc.assert(
      fc.property(secret, secret, secret, (one, other, state) => {
        fc.pre(one !== other);
        expect(flowSecrets(one, state)).not.toEqual(flowSecrets(other, state));
        expect(flowSecrets(state, one)).not.toEqual(flowSecrets(state, other));
      }),
    );
  });
});
