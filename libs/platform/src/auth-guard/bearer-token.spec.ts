import { describe, expect, it } from 'vitest';
import { bearerToken } from './bearer-token.js';

describe('bearerToken', () => {
  it('takes the token whatever the scheme is cased', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    expect(bearerToken('bearer  abc ')).toBe('abc');
  });

  it('leaves other schemes and nothing alone', () => {
    for (const header of [undefined, '', 'Bearer', 'Basic abc', 'Bearerabc', 'abc']) expect(bearerToken(header)).toBeUndefined();
  });
});
