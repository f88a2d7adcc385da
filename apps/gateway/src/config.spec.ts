import { parseConfig } from '@atrium/platform/config';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from './config.js';

const needed = {
  PORT: '8000', JWKS_URL: 'http://a/jwks', TOKEN_ISSUER: 'http://a', STATE_SECRET_ID: 's', PUBLIC_URL: 'http://a', APP_URL: 'https://app.example.com/path',
  AUTH_URL: 'http://a', USERS_URL: 'http://a', GALLERY_URL: 'http://a', EVENTS_URL: 'http://a',
};

describe("the gateway's configuration", () => {
  it("lets the web app's origin call, unless others are named", () => {
    expect(parseConfig('gateway', gatewayConfig, needed).CORS_ORIGINS).toEqual(['https://app.example.com']);
    expect(parseConfig('gateway', gatewayConfig, { ...needed, CORS_ORIGINS: 'https://a.example/, https://b.example' }).CORS_ORIGINS).toEqual([
      'https://a.example', 'https://b.example',
    ]);
  });

  it('names everything that is wrong at once', () => {
    expect(() => parseConfig('gateway', gatewayConfig, { ...needed, AUTH_URL: 'x', UPSTREAM_TIMEOUT_MS: '0' })).toThrow(/AUTH_URL[^]*UPSTREAM_TIMEOUT_MS/);
  });
});
