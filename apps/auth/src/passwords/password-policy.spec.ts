import { describe, expect, it } from 'vitest';
import { requireAcceptablePassword } from './password-policy.js';

const check = (password: string, email = 'ann@example.com', ...organizationNames: string[]) =>
  requireAcceptablePassword(password, { email, organizationNames });

describe('the password policy', () => {
  it.each([
    ['the e-mail address', 'ann@example.com'],
    ['the e-mail address in another case with more around it', '1ANN@Example.com!'],
    ['the e-mail address in full-width letters', 'ａｎｎ@example.com'],
  ])('refuses %s', (_, password) => {
    expect(() => check(password)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', fields: [expect.objectContaining({ field: 'password' })] }),
    );
  });

  it('refuses the name in the e-mail address', () => {
    expect(() => check('Annabel.Lee.1849', 'annabel.lee.1849@example.com')).toThrow();
  });

  it("refuses the organization's name, however it is written", () => {
    expect(() => check('We love ANN-SONS much', 'ann@example.com', 'Ann & Sons')).toThrow();
  });

  it('lets a very short name of an organization be part of words', () => {
    expect(() => check('correct horse battery staple', 'ann@example.com', 'OR')).not.toThrow();
  });

  it('demands no digits or symbols of a long passphrase', () => {
    expect(() => check('correct horse battery staple')).not.toThrow();
  });
});
