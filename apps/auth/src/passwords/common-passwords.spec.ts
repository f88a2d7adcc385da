import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isCommonPassword } from './common-passwords.js';

const assets = new URL('../../assets/', import.meta.url);

describe('the list of common passwords', () => {
  it('is the one of the package that it is made from', async () => {
    const { packedCommonPasswords } = (await import(new URL('pack-common-passwords.mjs', assets).href)) as {
      packedCommonPasswords: () => Buffer;
    };
    const bundled = readFileSync(new URL('common-passwords.bin', assets));
    expect(bundled.equals(packedCommonPasswords())).toBe(true);
    expect(bundled.length / 6).toBeGreaterThan(40_000);
  });

  it.each(['password', '123456', 'qwertyuiop', '1qaz2wsx3edc', 'iloveyou'])('has %s', (word) => {
    expect(isCommonPassword(word)).toBe(true);
  });

  it.each(['', 'correct horse battery staple', 'x'.repeat(10_000), 'zk4-qpwm-71xv'])('has no %.20s', (word) => {
    expect(isCommonPassword(word)).toBe(false);
  });
});
