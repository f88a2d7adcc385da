import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, foreignText } from './foreign-text.js';

describe('text from people', () => {
  it('stays as it is where it is a name', () => {
    expect(foreignText('  Müller & Söhne, Inc. ')).toBe('Müller & Söhne, Inc.');
  });

  it.each(['https://evil.example/x', 'evil.example', 'www.evil.example', 'ann@evil.example', 'evil．example'])(
    'makes no link of %s',
    (name) => {
      expect(foreignText(name)).not.toMatch(/[\w-][.@][\w-]|:\/\//);
    },
  );

  it('is one bounded line without control or direction characters, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const text = foreignText(name).replaceAll('\u2060', '');
        expect(text).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(text).not.toMatch(/\p{Cs}/u);
        expect(text.length).toBeLessThanOrEqual(120);
      }),
    );
  });

  it('is no markup after escaping', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
    expect(escapeHtml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
  });
});
