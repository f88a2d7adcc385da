import { randomBytes } from 'node:crypto';

/** A new write key: `wk_` and 192 random bits in base64url. */
export const newWriteKey = (): string => `wk_${randomBytes(24).toString('base64url')}`;

const shape = /^wk_[A-Za-z0-9_-]{32}$/;

/** Whether a text can be a write key at all; others need no look-up. */
export const isWriteKey = (text: string): boolean => shape.test(text);
