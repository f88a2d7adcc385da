import { describe, expect, it } from 'vitest';
import { requireAcceptablePassword } from './password-policy.js';

describe('the password policy', () => {
  it.each([
    ['the e-mail address', 'ann@example.com'],
    ['the e-mail address in another case with more around it', '1ANN@Example.com!'],
  ])('refuses %s', (_, password) => {
    expect(() => requireAcceptablePassword(password, 'ann@example.com')).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', fields: [expect.objectContaining({ field: 'password' })] }),
    );
  });

  it('refuses the name in the e-mail address', () => {
    expect(() => requireAcceptablePassword('Annabel.Lee.1849', 'annabel.lee.1849@example.com')).toThrow();
  });

  it('demands no digits or symbols of a long passphrase', () => {
    expect(() => requireAcceptablePassword('correct horse battery staple', 'ann@example.com')).not.toThrow();
  });
});
