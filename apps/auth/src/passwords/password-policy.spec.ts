import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { passwordProblem, requireAcceptablePassword } from './password-policy.js';

const problem = (password: string, email = 'ann@example.com', ...organizationNames: string[]) =>
  passwordProblem(password, { email, organizationNames });

describe('the password policy', () => {
  it('refuses by the field of the password', () => {
    expect(() => requireAcceptablePassword('ann@example.com', { email: 'ann@example.com', organizationNames: [] })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', fields: [expect.objectContaining({ field: 'password' })] }),
    );
  });

  it.each([
    ['the e-mail address', 'ann@example.com'],
    ['the e-mail address in another case with more around it', '1ANN@Example.com!'],
    ['the e-mail address in full-width letters', 'ａｎｎ@example.com'],
  ])('refuses %s', (_, password) => {
    expect(problem(password)).toBe('must not contain the e-mail address');
  });

  it('refuses the name in the e-mail address with a little around it', () => {
    for (const password of ['Annabel.Lee.1849', 'annabellee1849!!', '1849-ANNABEL-lee-1849']) {
      expect(problem(password, 'annabel.lee.1849@example.com'), password).toBeDefined();
    }
  });

  it("refuses the organization's name, however it is written", () => {
    expect(problem('We love ANN-SONS much', 'ann@example.com', 'Ann & Sons')).toBe("must not contain the organization's name");
  });

  it('lets a very short name of an organization be part of words', () => {
    expect(problem('correct horse battery staple', 'ann@example.com', 'OR')).toBeUndefined();
  });

  it.each(['1qaz2wsx3edc', 'password1234', 'P@ssw0rd1234', 'Password2026!', '!!qwertyuiop!!', 'iloveyou20261', 'asdfghjkl-asd'])(
    'refuses %s as a common password or close to one',
    (password) => {
      expect(problem(password)).toBe('is one of the most common passwords, or close to one');
    },
  );

  it.each(['aaaaaaaaaaaa', 'abcabcabcabca', 'Xy1!Xy1!Xy1!Xy1!', 'x'.repeat(256)])('refuses %.20s, which repeats itself', (password) => {
    expect(problem(password)).toBe('must not repeat a few characters');
  });

  it.each(['abcdefghijkl', '123456789012', 'x!ZYXWVUTSRQ', '--aaaaaaaaaa--'])('refuses %s, a row of characters', (password) => {
    expect(problem(password)).toBe('must not be a row of characters');
  });

  it('counts characters as they are typed, not as they are encoded', () => {
    expect(problem('äöüßéè'.normalize('NFD'))).toBe('must have at least 12 characters');
    expect(problem('🐎🔋📎🐎🔋📎')).toBeDefined();
  });

  it.each(['correct horse battery staple', 'a long enough password', 'kQ7-vTn2-xPz9-mB4', 'ein Satz ohne Ziffern', 'やっぱり猫がいちばん好きです'])(
    'demands no kinds of characters: %s will do',
    (password) => {
      expect(problem(password)).toBeUndefined();
    },
  );

  it('takes milliseconds for the longest password that is let through to it', () => {
    const begun = performance.now();
    for (const password of ['\ufdfa'.repeat(256), 'password'.repeat(32), '!'.repeat(255) + 'x']) problem(password);
    expect(performance.now() - begun).toBeLessThan(500);
  });
});
