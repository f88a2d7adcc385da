import { describe, expect, it } from 'vitest';
import { email, line } from './primitives.js';

describe('an e-mail address', () => {
  it('is lower-cased, so that case variants are one account', () => {
    expect(email.parse('Ann@Example.COM')).toBe('ann@example.com');
  });

  it.each(['', 'ann', 'ann@', 'ann@example.com\u0000', 'ann@example.com\r\nBcc: eve@example.com', `${'a'.repeat(250)}@example.com`])(
    'is not %j',
    (value) => expect(email.safeParse(value).success).toBe(false),
  );
});

describe('a line of text', () => {
  it('is trimmed and may hold any letters', () => expect(line(20).parse('  Größe 你好 ')).toBe('Größe 你好'));

  it.each(['', '   ', 'a\u0000b', 'a\nb', 'x'.repeat(21)])('is not %j', (value) =>
    expect(line(20).safeParse(value).success).toBe(false),
  );
});
