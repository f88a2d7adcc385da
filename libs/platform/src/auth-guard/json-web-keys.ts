import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** A key id that Atrium issues; anything else is refused before any look-up. */
export const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);

const signingKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  use: z.literal('sig'),
  alg: z.literal('ES256').optional(),
  kid: keyId,
  x: z.string().max(64),
  y: z.string().max(64),
});
const keySet = z.object({ keys: z.array(z.unknown()).max(100) });

/** Public keys by key id, read once: reading a PEM takes longer than verifying by it. Keys of other types and uses are left out; throws when none is usable. */
export function publicKeysOf(answer: unknown): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const candidate of keySet.parse(answer).keys) {
    const parsed = signingKey.safeParse(candidate);
    if (!parsed.success) continue;
    const { kid, kty, crv, x, y } = parsed.data;
    keys.set(kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }));
  }
  if (keys.size === 0) throw new Error('The key set holds no ES256 signing key.');
  return keys;
}
