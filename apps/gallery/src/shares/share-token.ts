import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: nothing to guess, so a plain SHA-256 is enough to keep it. */
export const newShareToken = (): string => randomBytes(32).toString('base64url');

export const hashOfShareToken = (token: string): Buffer => createHash('sha256').update(token).digest();
