import { generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto';
import { z } from 'zod';

/** A private key as one version of the secret holds it (RFC 7517, RFC 7518 §6.2). */
export const signingKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
});
export type SigningKey = z.output<typeof signingKey>;

/** What everybody may know of a signing key. */
export interface PublicSigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

export function generateSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk: JsonWebKey = privateKey.export({ format: 'jwk' });
  return signingKey.parse({ ...jwk, kid: randomUUID() });
}

/** Field by field: the private part can't slip through. */
export const publicPartOf = ({ kty, crv, x, y, kid }: SigningKey): PublicSigningKey => ({
  kty,
  crv,
  x,
  y,
  kid,
  alg: 'ES256',
  use: 'sig',
});

