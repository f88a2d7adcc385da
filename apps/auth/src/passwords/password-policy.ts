import { invalidField } from '@atrium/platform/errors';
import { normalizedPassword } from './normalized-password.js';

/** What an attacker who knows the person tries first. */
export interface PasswordOwner {
  readonly email: string;
  readonly organizationNames: readonly string[];
}

type Rule = (password: string, owner: PasswordOwner) => string | undefined;

/** Only letters and digits: `Ann & Sons` is found in `ann-sons-2026`. */
const squeezed = (text: string): string => normalizedPassword(text).toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
/** Shorter names are part of too many innocent words. */
const shortestName = 4;

const contains = (password: string, name: string): boolean => {
  const wanted = squeezed(name);
  return [...wanted].length >= shortestName && squeezed(password).includes(wanted);
};

const localPart = (email: string): string => email.slice(0, email.lastIndexOf('@'));

/** Each gives what is wrong, or undefined. Length is the schema's. */
const rules: readonly Rule[] = [
  (password, { email }) => (contains(password, email) ? 'must not contain the e-mail address' : undefined),
  (password, { email }) => (squeezed(password) === squeezed(localPart(email)) ? 'must not be the name in the e-mail address' : undefined),
  (password, { organizationNames }) =>
    organizationNames.some((name) => contains(password, name)) ? "must not contain the organization's name" : undefined,
];

/** What is wrong with the password, or undefined. */
export function passwordProblem(password: string, owner: PasswordOwner): string | undefined {
  for (const rule of rules) {
    const problem = rule(password, owner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Throws VALIDATION_ERROR for a password that is guessed first. */
export function requireAcceptablePassword(password: string, owner: PasswordOwner): void {
  const problem = passwordProblem(password, owner);
  if (problem !== undefined) throw invalidField('password', problem);
}
