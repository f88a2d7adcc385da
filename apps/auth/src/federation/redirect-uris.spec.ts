import { describe, expect, it } from 'vitest';
import { authConfig } from '../config.js';
import { RedirectUris, returnTo } from './redirect-uris.js';

const parse = (list: string) => authConfig.shape.OAUTH_REDIRECT_URIS.safeParse(list);

describe('where browsers may return to', () => {
  it("is the web app's own page where nothing is configured", () => {
    const uris = new RedirectUris({ APP_URL: 'https://app.example.com', OAUTH_REDIRECT_URIS: undefined });
    expect(uris.choose(undefined)).toBe('https://app.example.com/sign-in');
    expect(() => uris.choose('https://app.example.com/other')).toThrow();
  });

  it('is configured as a list, the default first', () => {
    expect(parse('https://a.example/x, http://localhost:3000/back').data).toEqual(['https://a.example/x', 'http://localhost:3000/back']);
  });

  it.each(['', ',', 'app', '/back', 'http://app.example.com/back', 'javascript:alert(1)', 'https://a.example/#x', 'https://a.example, http://b.example'])(
    'cannot be configured as %j',
    (list) => {
      expect(parse(list).success).toBe(false);
    },
  );

  it('keeps a query of its own', () => {
    expect(returnTo('https://a.example/x?y=1', { code: 'c&d' })).toBe('https://a.example/x?y=1&code=c%26d');
  });
});
