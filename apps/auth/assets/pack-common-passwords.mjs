// Writes common-passwords.bin beside this file from zxcvbn's list (the most common of breached passwords): run it after
// an update of @zxcvbn-ts/language-common. Each entry is the first 6 bytes of its SHA-256, in ascending order.
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { dictionary } from '@zxcvbn-ts/language-common';

/** Shorter ones are never most of a password of 12 characters. */
const shortest = 5;

export function packedCommonPasswords() {
  const passwords = new Set(dictionary['passwords-common'].map((password) => String(password).normalize('NFKC').toLowerCase()));
  const entries = [...passwords].filter(({ length }) => length >= shortest).map((password) => hash('sha256', password, 'hex').slice(0, 12));
  return Buffer.from(entries.sort().join(''), 'hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('common-passwords.bin', import.meta.url), packedCommonPasswords());
}
