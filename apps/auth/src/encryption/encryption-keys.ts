import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';

/** AES-256. */
const keyBytes = 32;

const encryptionKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')
  .transform((text) => Buffer.from(text, 'base64url'));

/**
 * What the secret holds: every key that something at rest may still be encrypted with, by id, and which of them
 * encrypts. One document, not a version of the secret per key: what is at rest outlives the three versions that
 * Secrets Manager keeps.
 */
export const encryptionKeys = z
  .object({ current: z.string(), keys: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), encryptionKey) })
  .refine(({ current, keys }) => Object.hasOwn(keys, current), { path: ['current'], message: 'names no key' });
export type EncryptionKeys = z.output<typeof encryptionKeys>;
/** The document as it is stored. */
export type EncryptionKeysDocument = z.input<typeof encryptionKeys>;

/** The document with one key more, which encrypts from now on; what the others encrypted stays readable. */
export function withNewKey(document?: EncryptionKeysDocument): EncryptionKeysDocument {
  const id = randomUUID();
  return { current: id, keys: { ...document?.keys, [id]: randomBytes(keyBytes).toString('base64url') } };
}
