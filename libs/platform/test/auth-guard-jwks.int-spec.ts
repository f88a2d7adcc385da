import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JwksCache } from '@atrium/platform/auth-guard';
import { newSigningKey, publicJwk, TokenIssuer } from '@atrium/testing';

describe('JwksCache', () => {
  let issuer: TokenIssuer;
  let now: number;
  let jwks: JwksCache;

  beforeEach(async () => {
    issuer = await new TokenIssuer().start();
    now = Date.now();
    jwks = new JwksCache({ url: issuer.jwksUrl, now: () => now });
  });
  afterEach(() => issuer.stop());

  it('reads the keys once for concurrent first questions', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => jwks.findKey('key-1')));
    expect(keys.every((key) => key?.type === 'public')).toBe(true);
    expect(issuer.requests).toBe(1);
  });

  it('picks up a rotated key after the cooldown', async () => {
    await jwks.findKey('key-1');
    issuer.published.push(publicJwk(newSigningKey('key-2')));
    now += 10_000;
    expect(await jwks.findKey('key-2')).toMatchObject({ type: 'public', asymmetricKeyType: 'ec' });
    expect(issuer.requests).toBe(2);
  });

  it('does not let made-up key ids become load on the issuer', async () => {
    await jwks.findKey('key-1');
    now += 10_000;
    for (let index = 0; index < 50; index += 1) expect(await jwks.findKey(`made-up-${index}`)).toBeUndefined();
    expect(issuer.requests).toBe(2);
  });

  it('refreshes old keys in the background', async () => {
    await jwks.findKey('key-1');
    now += 300_000;
    expect(await jwks.findKey('key-1')).toBeDefined();
    await vi.waitFor(() => expect(issuer.requests).toBe(2));
  });

  it('keeps serving known keys while the issuer is down', async () => {
    await jwks.findKey('key-1');
    issuer.failing = true;
    now += 3_600_000;
    await jwks.refresh();
    expect(await jwks.findKey('key-1')).toMatchObject({ type: 'public', asymmetricKeyType: 'ec' });
  });

  it('keeps known keys when the issuer publishes none', async () => {
    await jwks.findKey('key-1');
    issuer.published = [];
    await jwks.refresh();
    expect(jwks.has('key-1')).toBe(true);
  });

  it('answers that it cannot know while no key was ever read, and recovers', async () => {
    issuer.failing = true;
    await expect(jwks.findKey('key-1')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    issuer.failing = false;
    now += 500;
    expect(await jwks.findKey('key-1')).toMatchObject({ type: 'public', asymmetricKeyType: 'ec' });
  });

  it('takes P-256 signing keys alone', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
    const own = publicJwk(newSigningKey('encrypting'));
    issuer.published.push(
      { ...rsa, kid: 'rsa', use: 'sig' },
      { ...p384, kid: 'p384', use: 'sig' },
      { ...own, use: 'enc' },
      { ...own, kid: 'useless', use: undefined },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', use: 'sig' },
      'not a key',
    );
    await jwks.refresh();
    expect(['key-1', 'rsa', 'p384', 'encrypting', 'useless', 'oct'].map((kid) => jwks.has(kid))).toEqual([true, false, false, false, false, false]);
  });
});
