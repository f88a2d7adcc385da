import { createHash, randomBytes } from 'node:crypto';

export const recoveryCodeCount = 10;
/** 80 bits: sixteen letters and digits. */
const codeBytes = 10;
/** Crockford's base32: no letter that looks like a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const lookAlikes: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

function newRecoveryCode(): string {
  const bits = [...randomBytes(codeBytes)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** `7K3M-0QXF-…`, all different. */
export const newRecoveryCodes = (): string[] => Array.from({ length: recoveryCodeCount }, newRecoveryCode);

/** As it was printed, however it was typed: case, blanks and hyphens don't count, nor do look-alikes. */
const canonical = (code: string): string =>
  code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll(/[OIL]/g, (letter) => lookAlikes[letter] ?? letter);

/**
 * What is stored of a code. With 80 random bits there is nothing to guess, so a plain SHA-256 is enough; the account is
 * hashed along, so that nobody can search the codes of all accounts at once.
 */
export const hashOfRecoveryCode = (accountId: string, code: string): Buffer =>
  createHash('sha256').update(`${accountId} ${canonical(code)}`).digest();
