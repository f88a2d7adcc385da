import { accessTokenClaims } from '@atrium/contract-kit';
import { AccessTokenVerifier } from '@atrium/platform/auth-guard';
import { until } from '@atrium/testing';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { Browser } from './browser.js';
import { codeOf, Factors, wrongCodeOf } from './factors.js';
import { password } from './people.js';
import { type Admin, issuedTokens, keySet, newAdmin, register, RelyingParty } from './relying-party.js';

let auth: AuthBench;
let admin: Admin;
let app: RelyingParty;

beforeAll(async () => {
  auth = await AuthBench.start({ LIMIT_SCALE: '1000', JWKS_MAX_AGE_SECONDS: '1', SIGNING_KEYS_RELOAD_SECONDS: '1' });
  admin = await newAdmin(auth);
  app = new RelyingParty(auth, await register(auth, admin));
});
afterAll(() => auth?.stop());

const signIn = (party = app, more: Record<string, string | undefined> = {}, browser = new Browser(auth)) => party.signIn(browser, admin.email, more);

describe('discovery', () => {
  it('names the issuer that it is served under, and what is there', async () => {
    const { status, json } = await auth.request('GET', '/.well-known/openid-configuration');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/oidc/auth`,
      token_endpoint: `${issuer}/oidc/token`,
      jwks_uri: `${issuer}/oidc/jwks`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['ES256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    });
  });

  it('is not moved by a Host header', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const { text } = await auth.request('GET', '/.well-known/openid-configuration', { headers });
    expect(text).not.toContain('evil.example');
  });
});

describe('a person who signs in to a client app', () => {
  it('gives it an ID token, and an access token of the platform with what was granted alone', async () => {
    const issued = await signIn();
    const id = await jwtVerify(issued.id_token, await keySet(auth), { issuer, audience: app.client.id });
    expect(id.payload).toMatchObject({ sub: admin.id, email: admin.email, email_verified: true, org_id: admin.orgId, amr: ['pwd'] });
    const claims = accessTokenClaims.parse(decodeJwt(issued.access_token));
    expect(claims).toMatchObject({ iss: issuer, aud: 'atrium', sub: admin.id, org_id: admin.orgId, client_id: app.client.id, permissions: ['sites.read'], roles: [] });
    expect(decodeProtectedHeader(issued.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    await auth.app.get(AccessTokenVerifier).verify(issued.access_token);
    expect(issued).toMatchObject({ expires_in: 900, scope: 'sites.read' });
  });

  it('is shown who asks and for what, on pages that no frame holds and that run no script', async () => {
    const browser = new Browser(auth);
    const login = await browser.get((await browser.get(app.authorizationUrl())).location);
    expect(login.status).toBe(200);
    expect(login.text).toContain('Invoices');
    expect(login.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self' https://app.example; frame-ancestors 'none'",
    );
    expect(login.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const action = /action="([^"]+)"/.exec(login.text)?.[1] ?? '';
    const back = await browser.post(action, { email: admin.email, password: 'correct horse battery staple 42' });
    const consent = await browser.follow(back);
    expect(consent.text).toContain('See sites');
    expect(consent.text).toContain('app.example');
    expect(consent.text).toContain(admin.email);
  });

  it('isn’t asked again in the same browser, and is in another', async () => {
    const browser = new Browser(auth);
    await signIn(app, {}, browser);
    const again = await browser.get(app.authorizationUrl());
    expect(again.location).toMatch(/^https:\/\/app\.example\/callback\?code=/);
    expect((await new Browser(auth).get(app.authorizationUrl())).location).toMatch(/^\/oidc\/interaction\//);
  });

  it('may say no', async () => {
    const browser = new Browser(auth);
    const { location } = await browser.get(app.authorizationUrl());
    const denied = await browser.follow(await browser.post(`${location}/login`, { cancel: 'yes', email: '', password: '' }));
    expect(denied.location).toMatch(/^https:\/\/app\.example\/callback\?error=access_denied/);
  });

  it('learns from a wrong password as little as elsewhere, whether or not the address has an account', async () => {
    const browser = new Browser(auth);
    const { location } = await browser.get(app.authorizationUrl());
    const wrong = await browser.post(`${location}/login`, { email: '"><script>', password: 'x' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('not right');
    expect(wrong.text).not.toContain('<script>');
    const unknown = await browser.post(`${location}/login`, { email: 'nobody@example.com', password: 'x' });
    expect(unknown.text.replaceAll('nobody@example.com', '')).toBe(
      (await browser.post(`${location}/login`, { email: admin.email, password: 'x' })).text.replaceAll(admin.email, ''),
    );
  });

  it('is not let in who belongs to another organization, not even when signed in', async () => {
    const other = await newAdmin(auth);
    const stranger = new RelyingParty(auth, await register(auth, other));
    const browser = new Browser(auth);
    const { location } = await browser.get(stranger.authorizationUrl());
    expect((await browser.post(`${location}/login`, { email: admin.email, password: 'correct horse battery staple 42' })).status).toBe(401);
    const signedIn = new Browser(auth);
    await signIn(app, {}, signedIn);
    const page = await stranger.authorize(signedIn, admin.email);
    expect(page.location).toMatch(/error=access_denied/);
  });
});

describe('the device that somebody signs in to a client app from', () => {
  const devicesOf = async (accountId: string) =>
    (await auth.engines.superuser.query('select 1 from auth.devices where account_id = $1', [accountId])).rowCount;

  it('is known from then on, here and at the API', async () => {
    const person = await newAdmin(auth);
    const party = new RelyingParty(auth, await register(auth, person));
    const before = await devicesOf(person.id);
    const browser = new Browser(auth);
    await party.code(browser, person.email);
    await party.code(browser, person.email, { prompt: 'login' });
    expect(await devicesOf(person.id)).toBe(Number(before) + 1);
    const cookie = browser.cookieOf('atrium_device');
    const answer = await auth.request('POST', '/login', { body: { email: person.email, password }, headers: { cookie } });
    expect(answer.status).toBe(200);
    expect(await devicesOf(person.id)).toBe(Number(before) + 1);
  });
});

describe('a person with a second factor', () => {
  it('is asked for a code before any client app is let in', async () => {
    const factors = new Factors(auth);
    const person = await factors.enrolled();
    await auth.people.join(person.id, 'member', admin.orgId);
    const browser = new Browser(auth);
    const { location } = await browser.get(app.authorizationUrl());
    const asked = await browser.post(`${location}/login`, { email: person.email, password });
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('second factor');
    expect((await browser.get(location)).text).toContain('name="password"');
    const mfaToken = /name="mfa_token" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    const wrong = await browser.post(`${location}/mfa`, { mfa_token: mfaToken, code: wrongCodeOf(person.secret) });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('not right');
    expect((await new Browser(auth).post(`${location}/mfa`, { mfa_token: mfaToken, code: codeOf(person.secret, 1) })).status).toBe(404);
    const consent = await browser.follow(await browser.post(`${location}/mfa`, { mfa_token: mfaToken, code: codeOf(person.secret, 1) }));
    expect(consent.text).toContain('See sites');
    const action = /action="([^"]+)"/.exec(consent.text)?.[1] ?? '';
    const done = await browser.follow(await browser.post(action, { decision: 'allow' }));
    const issued = issuedTokens.parse((await app.exchange(new URL(done.location).searchParams.get('code') ?? '')).json);
    expect(decodeJwt(issued.id_token)).toMatchObject({ sub: person.id, amr: ['pwd', 'otp'] });
  });
});

describe('the rest of the service', () => {
  it('goes on answering in its own form', async () => {
    const answer = await auth.app.inject({ method: 'POST', url: '/api/v1/auth/login', headers: { 'content-type': 'application/json' }, payload: '{"email":' });
    expect(answer.json()).toMatchObject({ error: { code: 'VALIDATION_ERROR' } });
    const form = await auth.app.inject({ method: 'POST', url: '/api/v1/auth/login', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' });
    expect(form.json()).toMatchObject({ error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  });
});

describe('an interaction', () => {
  it('belongs to the browser that began it', async () => {
    const ann = new Browser(auth);
    const { location } = await ann.get(app.authorizationUrl());
    const eve = new Browser(auth);
    expect((await eve.get(location)).status).toBe(404);
    expect((await eve.post(`${location}/login`, { email: admin.email, password: 'correct horse battery staple 42' })).status).toBe(404);
    await eve.get(app.authorizationUrl());
    expect((await eve.get(location)).status).toBe(404);
  });

  it('takes no form of another site', async () => {
    const browser = new Browser(auth);
    const { location } = await browser.get(app.authorizationUrl());
    const forged = await browser.post(`${location}/login`, { email: admin.email, password: 'correct horse battery staple 42' }, { 'sec-fetch-site': 'cross-site' });
    expect(forged.status).toBe(403);
  });

  it('can’t be consented to before signing in', async () => {
    const browser = new Browser(auth);
    const { location } = await browser.get(app.authorizationUrl());
    expect((await browser.post(`${location}/consent`, { decision: 'allow' })).status).toBe(409);
  });
});

describe('behind https', () => {
  it('gives cookies to https alone, whatever the request came by', async () => {
    const secure = await AuthBench.start({ TOKEN_ISSUER: 'https://auth.example', LIMIT_SCALE: '1000' });
    try {
      const owner = await newAdmin(secure);
      const party = new RelyingParty(secure, await register(secure, owner));
      const page = await new Browser(secure).get(party.authorizationUrl());
      expect(page.location).toMatch(/^https:\/\/auth\.example\/oidc\/interaction\/|^\/oidc\/interaction\//);
      const cookies = [page.headers['set-cookie']].flat().map(String);
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect(cookie.toLowerCase()).toMatch(/; httponly/);
      for (const cookie of cookies) expect(cookie.toLowerCase()).toContain('; secure');
      for (const cookie of cookies) expect(cookie.toLowerCase()).toContain('; samesite=lax');
    } finally {
      await secure.stop();
    }
  });
});

describe('an outage', () => {
  it('of the database is told as one that passes', async () => {
    const code = await app.code(new Browser(auth), admin.email);
    await auth.engines.superuser.query('alter table auth.oidc_payloads rename to oidc_payloads_away');
    const broken = await app.exchange(code);
    await auth.engines.superuser.query('alter table auth.oidc_payloads_away rename to oidc_payloads');
    expect(broken).toMatchObject({ status: 500, json: { error: 'server_error' } });
    expect(broken.text).not.toContain('oidc_payloads');

    await auth.engines.superuser.query('alter role auth_app connection limit 0');
    await auth.engines.superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'auth_app'`);
    // A connection that is still there would use the code up.
    await until('no connection', async () => {
      const { rows } = await auth.engines.superuser.query(`select 1 from pg_stat_activity where usename = 'auth_app'`);
      return rows.length === 0;
    });
    const away = await until('an answer of 503', async () => {
      const answer = await app.exchange(code);
      return answer.status === 503 ? answer : undefined;
    });
    await auth.engines.superuser.query('alter role auth_app connection limit -1');
    expect(away.json).toMatchObject({ error: 'temporarily_unavailable' });
    expect(away.headers['retry-after']).toBe('2');
    await until('the code works', async () => (await app.exchange(code)).status === 200);
  });
});
