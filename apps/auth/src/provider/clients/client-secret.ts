import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `acs_` and 256 random bits in base64url: nothing to guess, so that a plain SHA-256 is enough to store it. */
export const newClientSecret = (): string => `acs_${randomBytes(32).toString('base64url')}`;

export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** `storedHash` in base64url. In constant time. */
export function isClientSecret(presented: string, storedHash: string): boolean {
  const stored = Buffer.from(storedHash, 'base64url');
  return stored.length === 32 && timingSafeEqual(hashOfSecret(presented), stored);
}
