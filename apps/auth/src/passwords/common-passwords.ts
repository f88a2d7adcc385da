import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** As `pack-common-passwords.mjs` writes it: 6 bytes each, ascending. A strange password is in it once in six billion. */
const entryBytes = 6;
const entries = readFileSync(new URL('../../assets/common-passwords.bin', import.meta.url));

const shortest = 5;
const longest = 32;

/** Whether the word (lower case, NFKC) is one of the most common of breached passwords. */
export function isCommonPassword(word: string): boolean {
  if (word.length < shortest || word.length > longest) return false;
  const wanted = hash('sha256', word, 'buffer').readUIntBE(0, entryBytes);
  let low = 0;
  let high = entries.length / entryBytes - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const entry = entries.readUIntBE(middle * entryBytes, entryBytes);
    if (entry === wanted) return true;
    if (entry < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
