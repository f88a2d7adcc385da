import { hash } from 'node:crypto';

/** A key of bounded length without personal data: callers put addresses and e-mails into theirs. */
export const storeKey = (key: string): string => hash('sha256', key, 'base64url');
