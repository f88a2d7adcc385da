import { describe, expect, it } from 'vitest';
import { parseProvider } from './provider-settings.js';

const credentials = { client_id: 'atrium', client_secret: 'canary-secret' };
const own = { id: 'acme', name: 'Acme', issuer: 'https://login.acme.example', ...credentials };

describe('an issuer of the configuration', () => {
  it('needs nothing but its credentials where its preset is known', () => {
    expect(parseProvider({ preset: 'google', ...credentials }, false)).toEqual({
      id: 'google',
      name: 'Google',
      issuer: 'https://accounts.google.com',
      scopes: ['openid', 'email'],
      ...credentials,
    });
  });

  it('is asked for openid and the address unless other scopes are given', () => {
    expect(parseProvider(own, false).scopes).toEqual(['openid', 'email']);
    expect(parseProvider({ ...own, scopes: ['profile', 'openid'] }, false).scopes).toEqual(['openid', 'profile']);
  });

  it.each(['http://login.acme.example', 'http://localhost.evil.example', 'http://169.254.169.254', 'ftp://localhost', 'http://localhost:1'])(
    'is refused without TLS: %s',
    (issuer) => {
      expect(() => parseProvider({ ...own, issuer }, false)).toThrow();
    },
  );

  it.each(['http://localhost:9000', 'http://127.0.0.1:9000/path', 'http://[::1]:9000'])(
    'goes without TLS on the machine of the local platform: %s',
    (issuer) => {
      expect(parseProvider({ ...own, issuer }, true).issuer).toBe(issuer);
      expect(() => parseProvider({ ...own, issuer: 'http://login.acme.example' }, true)).toThrow('https');
    },
  );

  it.each([
    [{ ...own, id: '../etc' }, 'id'],
    [{ ...own, client_secret: '' }, 'client_secret'],
    [{ ...own, surprise: 'canary-secret' }, 'unrecognized_keys'],
    [{ preset: 'google', client_id: 'x' }, 'client_secret'],
    [{ preset: 'canary-secret', ...credentials }, 'preset'],
    ['canary-secret', 'invalid_type'],
  ])('says what is wrong and never a value: %j', (entry, problem) => {
    const attempt = () => parseProvider(entry, false);
    expect(attempt).toThrow(problem);
    expect(attempt).not.toThrow('canary-secret');
  });
});
