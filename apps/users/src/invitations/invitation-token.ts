import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: nobody finds one by trying. */
export const newInvitationToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token: SHA-256 in hex. A slow hash would add nothing to 256 random bits. */
export const hashOfInvitationToken = (token: string): string => createHash('sha256').update(token).digest('hex');
