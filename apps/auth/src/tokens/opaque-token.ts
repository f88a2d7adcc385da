import { createHash, createHmac, randomBytes } from 'node:crypto';

/** 256 random bits: nothing to guess, so a plain SHA-256 is enough to store it. */
const tokenBytes = 32;

export const newOpaqueToken = (): string => randomBytes(tokenBytes).toString('base64url');

/** What is stored of a token. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();

export const newSuccessorSalt = (): Buffer => randomBytes(tokenBytes);

/**
 * The refresh token that follows `predecessor`. It must be given to whoever presents the predecessor again within the
 * grace period (a lost answer, several tabs), yet no token may be stored in clear. So it is derived, from two halves that
 * lie in two places: the predecessor, which only the client has, and a random salt, which only the database has. Neither
 * alone says anything about it. The salt is erased when the grace period is over, and from then on nobody can derive it.
 */
export const successorOf = (predecessor: string, salt: Buffer): string =>
  createHmac('sha256', predecessor).update('refresh-token successor').update(salt).digest('base64url');
