import { invalidField } from '@atrium/platform/errors';
import { normalizedPassword } from '@atrium/platform/passwords';
import { isCommonPassword } from './common-passwords.js';

/** What an attacker who knows the person tries first. */
export interface PasswordOwner {
  readonly email: string;
  readonly organizationNames: readonly string[];
}

type Rule = (password: string, owner: PasswordOwner) => string | undefined;

const shortestPassword = 12;
/** With fewer characters beside a word that is guessed first, a password is hardly more than that word. */
const leastBeside = 8;
/** Shorter names are part of too many innocent words. */
const shortestName = 4;

/** Only letters and digits: `Ann & Sons` is found in `ann-sons-2026`. */
const squeezed = (text: string): string => normalizedPassword(text).toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
const localPart = (email: string): string => email.slice(0, email.lastIndexOf('@'));

const lookalikes: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', '5': 's', $: 's', '7': 't' };
const unmasked = (password: string): string => password.replaceAll(/[@431!05$7]/g, (sign) => lookalikes[sign] ?? sign);

const contains = (password: string, name: string): boolean => {
  const wanted = squeezed(name);
  return wanted.length >= shortestName && squeezed(password).includes(wanted);
};

const isMostly = (password: string, name: string): boolean =>
  contains(password, name) && squeezed(password).length - squeezed(name).length < leastBeside;

function isMostlyCommon(password: string): boolean {
  for (let beside = 0; beside < leastBeside; beside += 1) {
    for (let start = 0; start <= beside; start += 1) {
      if (isCommonPassword(password.slice(start, password.length - beside + start))) return true;
    }
  }
  return false;
}

/** Whether it is a few characters over and over. */
function repeatsItself(password: string): boolean {
  for (let period = 1; period < leastBeside; period += 1) {
    if (password.slice(period) === password.slice(0, -period)) return true;
  }
  return false;
}

/** Whether it is mostly one row of neighbours, as `abcdefgh` and `87654321` are, or of one character. */
function isMostlyRow(password: string): boolean {
  const codes = [...password].map((character) => character.codePointAt(0) ?? 0);
  let longest = 1;
  for (const step of [-1, 0, 1]) {
    let run = 1;
    for (let index = 1; index < codes.length; index += 1) {
      run = (codes[index] ?? 0) - (codes[index - 1] ?? 0) === step ? run + 1 : 1;
      longest = Math.max(longest, run);
    }
  }
  return codes.length - longest < leastBeside;
}

/** Each gives what is wrong with a password (lower case, NFKC), or undefined. No kinds of characters are demanded. */
const rules: readonly Rule[] = [
  (password) => ([...password].length < shortestPassword ? `must have at least ${shortestPassword} characters` : undefined),
  (password, { email }) => (contains(password, email) ? 'must not contain the e-mail address' : undefined),
  (password, { email }) => (isMostly(password, localPart(email)) ? 'must not be made of the name in the e-mail address' : undefined),
  (password, { organizationNames }) =>
    organizationNames.some((name) => contains(password, name)) ? "must not contain the organization's name" : undefined,
  (password) => (repeatsItself(password) ? 'must not repeat a few characters' : undefined),
  (password) => (isMostlyRow(password) ? 'must not be a row of characters' : undefined),
  (password) =>
    isMostlyCommon(password) || isMostlyCommon(unmasked(password)) ? 'is one of the most common passwords, or close to one' : undefined,
];

/** What is wrong with the password, or undefined. */
export function passwordProblem(password: string, owner: PasswordOwner): string | undefined {
  const normalized = normalizedPassword(password).toLowerCase();
  for (const rule of rules) {
    const problem = rule(normalized, owner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Throws VALIDATION_ERROR for a password that is guessed first. */
export function requireAcceptablePassword(password: string, owner: PasswordOwner): void {
  const problem = passwordProblem(password, owner);
  if (problem !== undefined) throw invalidField('password', problem);
}
