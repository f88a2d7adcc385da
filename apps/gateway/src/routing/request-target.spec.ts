import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAmbiguousTarget } from './request-target.js';

describe('a request target', () => {
  it.each(['/api/v1/users', '/api/v1/users?next=/../x&u=%2F%00', '/a.b/c..d', '/api/v1/users/%20x', '/.well-known/jwks.json'])('passes as it is: %s', (target) => {
    expect(isAmbiguousTarget(target)).toBe(false);
  });

  it.each(['/a/../b', '/a/..', '/a/./b', '/a//b', '//evil', '/a%2fb', '/a%2Fb', '/%2e%2e/b', '/a%00', '/a\\b', '/a%5c', '/a%252e', 'http://evil/a', '*', '', '/a#b', '/a\u00e9'])(
    'is refused: %s',
    (target) => {
      expect(isAmbiguousTarget(target)).toBe(true);
    },
  );

  it('means one path to whoever resolves it, if it passes', () => {
    const piece = fc.constantFrom('a', '.', '..', '%2e', '%2F', '\\', 'b.c', '', '%41');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const target = `/${pieces.join('/')}`;
        if (!isAmbiguousTarget(target)) expect(new URL(target, 'http://a').pathname).toBe(target);
      }),
    );
  });
});
