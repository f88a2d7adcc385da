import { describe, expect, it } from 'vitest';
import { authConfig } from './config.js';

const environment = {
  PORT: '0',
  JWKS_URL: 'http://auth.test/jwks',
  TOKEN_ISSUER: 'http://auth.test',
  STATE_SECRET_ID: 'state',
  DATABASE_SECRET_ID: 'database',
  QUEUE_URL_BASE: 'http://sqs.test/',
  SIGNING_KEYS_SECRET_ID: 'keys',
  USERS_URL: 'http://users.test',
  ENCRYPTION_KEYS_SECRET_ID: 'encryption-keys',
  PUBLIC_URL: 'https://api.example.com',
  APP_URL: 'https://app.example.com',
};
const parse = (PASSKEY_RP_ID: string, PASSKEY_ORIGINS: string) => authConfig.safeParse({ ...environment, PASSKEY_RP_ID, PASSKEY_ORIGINS });

describe('where passkeys may be used', () => {
  it('is a list of origins of one domain', () => {
    expect(parse('example.com', 'https://example.com, https://app.example.com:8443').data).toMatchObject({
      PASSKEY_RP_NAME: 'Atrium',
      PASSKEY_ORIGINS: ['https://example.com', 'https://app.example.com:8443'],
    });
    expect(parse('localhost', 'http://localhost:8000').success).toBe(true);
  });

  it.each([
    ['no origin', 'example.com', ''],
    ['another domain', 'example.com', 'https://example.com,https://example.org'],
    ['a domain that ends alike', 'example.com', 'https://evilexample.com'],
    ['a parent domain', 'app.example.com', 'https://example.com'],
    ['an unencrypted one', 'example.com', 'http://example.com'],
    ['more than an origin', 'example.com', 'https://example.com/sign-in'],
    ['an address', 'example.com', 'example.com'],
  ])('is never %s', (_, rpId, origins) => {
    expect(parse(rpId, origins).error?.issues.map(({ path }) => path[0])).toEqual(['PASSKEY_ORIGINS']);
  });
});
