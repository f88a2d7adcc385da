import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRedirectUri } from './redirect-uri.js';

const parts = ['https:', 'http:', '//', '/', 'app.example', 'localhost', '127.0.0.1', '[::1]', ':', '8080', '@', '..', '.', '*', '#', '?', '\\', '%2e', '%2F', 'a', 'A', ' ', '\u0000', 'é'];
const text = fc.oneof(fc.string(), fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((list) => list.join('')), fc.webUrl({ withQueryParameters: true }));

describe('a redirect URI', () => {
  it('is read by a URL parser as it is written, and leads to https or to the person’s own machine', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        if (!isRedirectUri(candidate)) return;
        const url = new URL(candidate);
        expect([candidate, `${candidate}/`]).toContain(url.href);
        expect(url.hash + url.username + url.password).toBe('');
        expect(url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('may have a port, a path and a query', () => {
    for (const uri of ['https://app.example', 'https://app.example/', 'https://app.example:8443/a/b?c=d', 'http://127.0.0.1:5173/cb', 'http://[::1]/']) {
      expect(isRedirectUri(uri), uri).toBe(true);
    }
  });

  it('has nothing in it that two sides could read differently', () => {
    for (const uri of ['https://app.example/%2e%2e/cb', 'https://app.example:443/', 'https://app.example\\cb', 'https://app.example/a b', 'https:app.example', '//app.example', 'https://a@b.example/', 'http://127.0.0.1.nip.io/', 'http://2130706433/']) {
      expect(isRedirectUri(uri), uri).toBe(false);
    }
  });
});
