import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { KeyRing } from '../signing-keys/key-ring.js';
import type { PublicSigningKey } from '../signing-keys/signing-key.js';

/** A key of the key ring for the library: of all but the current one only the public part is known here. */
class RingKey extends ExternalSigningKey {
  private readonly publicKey: KeyObject;

  constructor(
    private readonly jwk: PublicSigningKey,
    private readonly privateKey: KeyObject | undefined,
  ) {
    super();
    const { kty, crv, x, y } = jwk;
    this.publicKey = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  }

  override get kid(): string {
    return this.jwk.kid;
  }

  override get alg(): string {
    return this.jwk.alg;
  }

  override keyObject(): KeyObject {
    return this.publicKey;
  }

  /** As JWS wants it: R and S side by side (RFC 7518 §3.4). */
  override sign(data: Uint8Array): Uint8Array {
    if (!this.privateKey) throw new Error('Only the current key signs.');
    return sign('sha256', data, { key: this.privateKey, dsaEncoding: 'ieee-p1363' });
  }
}

/** The current key first, since the library signs with the first that fits. */
export function signingKeysOf(ring: Pick<KeyRing, 'current' | 'jwks'>): RingKey[] {
  const current = ring.current();
  const keys = ring.jwks().keys.map((jwk) => new RingKey(jwk, jwk.kid === current.kid ? current.key : undefined));
  return keys.sort((a, b) => Number(b.kid === current.kid) - Number(a.kid === current.kid));
}
