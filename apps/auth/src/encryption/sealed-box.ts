import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKeys } from './encryption-keys.js';

const algorithm = 'aes-256-gcm';
/** NIST SP 800-38D §8.2.2: random nonces of 96 bits are good for 2^32 encryptions under one key. */
const nonceBytes = 12;
const tagBytes = 16;

/** Something encrypted, and the id of the key that opens it. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce, ciphertext and tag, one after the other. */
  readonly box: Buffer;
}

/** It was changed, belongs elsewhere, or was encrypted with another key. Says nothing of the content. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/** Encrypts with the current key. Only who names the same `context` can open it: what it is, and whose. */
export function seal({ current, keys }: EncryptionKeys, plaintext: Uint8Array, context: string): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOf(keys, current), nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { keyId: current, box: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
}

/** @throws UnsealError */
export function unseal({ keys }: Pick<EncryptionKeys, 'keys'>, { keyId, box }: Sealed, context: string): Buffer {
  const key = keyOf(keys, keyId);
  if (box.length < nonceBytes + tagBytes) throw new UnsealError('too short');
  const decipher = createDecipheriv(algorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(box.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new UnsealError('not authentic', { cause });
  }
}

function keyOf(keys: EncryptionKeys['keys'], id: string): Buffer {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  if (!key) throw new UnsealError(`there is no key ${id}`);
  return key;
}
