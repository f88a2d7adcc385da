import { invalidField } from '@atrium/platform/errors';

type Rule = (password: string, email: string) => string | undefined;

const localPart = (email: string): string => email.slice(0, email.lastIndexOf('@'));

/** Each gives what is wrong, or undefined. Length is the schema's. */
const rules: readonly Rule[] = [
  (password, email) => (password.includes(email) ? 'must not contain the e-mail address' : undefined),
  (password, email) => (password === localPart(email) ? 'must not be the name in the e-mail address' : undefined),
];

/** Throws VALIDATION_ERROR for a password that is guessed first. */
export function requireAcceptablePassword(password: string, email: string): void {
  for (const rule of rules) {
    const problem = rule(password.toLowerCase(), email.toLowerCase());
    if (problem !== undefined) throw invalidField('password', problem);
  }
}
