import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokenVerifier, JwksCache } from '@atrium/platform/auth-guard';
import { newSigningKey, publicJwk, TokenIssuer } from '@atrium/testing';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (): number => Math.floor(Date.now() / 1000);

describe('AccessTokenVerifier', () => {
  let issuer: TokenIssuer;
  let verifier: AccessTokenVerifier;

  beforeAll(async () => {
    issuer = await new TokenIssuer().start();
  });
  afterAll(() => issuer.stop());
  beforeEach(() => {
    const jwks = new JwksCache({ url: issuer.jwksUrl });
    verifier = new AccessTokenVerifier({ jwks, issuer: issuer.url, audience: issuer.audience });
  });

  const refused = async (token: string): Promise<string> => {
    const error = await verifier.verify(token).then(() => undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', message: 'A valid access token is required.' });
    return (error as { detail: string }).detail;
  };

  it('gives the principal that a valid token describes', async () => {
    const claims = issuer.claims({ permissions: ['users.read'], roles: ['editor'], mv: 7 });
    const principal = await verifier.verify(issuer.sign(claims));
    expect(principal).toMatchObject({
      userId: claims['sub'], sessionId: claims['sid'], orgId: claims['org_id'],
      roles: ['editor'], permissions: ['users.read'], membershipVersion: 7, expiresAt: claims['exp'],
    });
  });

  it('answers a known token from memory', async () => {
    const token = issuer.token();
    expect(await verifier.verify(token)).toBe(await verifier.verify(token));
  });

  it('refuses alg none', async () => {
    const unsigned = `${encode({ alg: 'none', typ: 'at+jwt', kid: 'key-1' })}.${encode(issuer.claims())}.`;
    expect(await refused(unsigned)).toContain('alg');
  });

  it('refuses an HMAC made with the public key', async () => {
    const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })}.${encode(issuer.claims())}`;
    const pem = issuer.key.publicKey.export({ type: 'spki', format: 'pem' });
    expect(await refused(`${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`)).toContain('alg');
  });

  it('looks at no key that the token brings or points at', async () => {
    let calls = 0;
    const bait = createServer((_request, response) => {
      calls += 1;
      response.end(JSON.stringify({ keys: [publicJwk(attacker)] }));
    });
    await new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/`;
    const attacker = newSigningKey('key-1');
    for (const header of [{ jku: address }, { x5u: address }, { jwk: publicJwk(attacker) }, { x5c: ['MIIB'] }]) {
      await refused(issuer.sign(issuer.claims(), header, attacker));
    }
    expect(calls).toBe(0);
    bait.close();
  });

  it('refuses a kid with path traversal, SQL or control characters without asking the issuer', async () => {
    await verifier.verify(issuer.token());
    const before = issuer.requests;
    for (const kid of ['../../../../dev/null', "key-1' or 1=1 --", 'key-1\u0000', '', 'k'.repeat(500), 7, ['key-1'], null]) {
      expect(await refused(issuer.token({}, { kid }))).toContain('kid');
    }
    expect(await refused(issuer.token({}, { kid: '__proto__' }))).toContain('kid');
    expect(issuer.requests).toBe(before);
  });

  it('refuses extensions that it must understand', async () => {
    expect(await refused(issuer.token({}, { crit: ['b64'], b64: false }))).toContain('crit');
  });

  it('refuses an ID token, a refresh token and an API key', async () => {
    await refused(issuer.token({}, { typ: 'JWT' }));
    await refused(issuer.token({}, { typ: 'rt+jwt' }));
    await refused(issuer.token({}, { typ: undefined }));
    await refused(randomBytes(32).toString('base64url'));
    await refused(`atr_${randomBytes(24).toString('base64url')}`);
  });

  it('refuses a foreign issuer or audience', async () => {
    expect(await refused(issuer.token({ iss: 'https://elsewhere.example' }))).toContain('issuer');
    expect(await refused(issuer.token({ aud: 'another-api' }))).toContain('audience');
    await refused(issuer.token({ iss: undefined }));
    await refused(issuer.token({ aud: undefined }));
  });

  it('tolerates sixty seconds of clock difference and no more', async () => {
    await verifier.verify(issuer.token({ exp: seconds() - 50 }));
    await verifier.verify(issuer.token({ nbf: seconds() + 50 }));
    expect(await refused(issuer.token({ exp: seconds() - 70 }))).toContain('expired');
    expect(await refused(issuer.token({ nbf: seconds() + 70 }))).toContain('not active');
  });

  it('refuses a token without an expiry or with claims of another shape', async () => {
    expect(await refused(issuer.token({ exp: undefined }))).toContain('exp');
    expect(await refused(issuer.token({ sub: 'root' }))).toContain('sub');
    expect(await refused(issuer.token({ permissions: 'users.read' }))).toContain('permissions');
    await refused(issuer.sign('a text'));
    await refused(issuer.sign(null));
  });

  it('refuses a forged, truncated, huge or binary token', async () => {
    const [header = '', payload = '', signature = ''] = issuer.token().split('.');
    await refused(`${header}.${encode(issuer.claims({ permissions: ['users.delete'] }))}.${signature}`);
    for (const token of ['', '.', '..', header, `${header}.`, `${header}.${payload}`, `${header}.${payload}.`]) await refused(token);
    await refused(`${header}.${payload}.${signature.slice(0, 40)}`);
    expect(await refused('a'.repeat(1024 * 1024))).toContain('too long');
    await refused(randomBytes(512).toString('latin1'));
    await refused(issuer.sign(issuer.claims(), {}, newSigningKey('key-1')));
  });

  it('forgets a verified token when its key leaves the set', async () => {
    let now = Date.now();
    const jwks = new JwksCache({ url: issuer.jwksUrl, now: () => now });
    verifier = new AccessTokenVerifier({ jwks, issuer: issuer.url, audience: issuer.audience });
    const token = issuer.token();
    await verifier.verify(token);
    const published = issuer.published;
    issuer.published = [publicJwk(newSigningKey('key-2'))];
    now += 301_000;
    await jwks.refresh();
    expect(await refused(token)).toContain('kid');
    issuer.published = published;
  });
});
