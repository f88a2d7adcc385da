import { accessTokenClaims } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { AccessTokenVerifier } from '@atrium/platform/auth-guard';
import { until } from '@atrium/testing';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KeyRing } from '../src/signing-keys/key-ring.js';
import { promoteSigningKey, stageSigningKey } from '../src/signing-keys/key-rotation.js';
import { issuer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { signingKeysSecret } from './auth-engines.js';
import { Browser } from './browser.js';
import { codeOf, Factors, wrongCodeOf } from './factors.js';
import { password, tokensOf } from './people.js';
import { type Admin, newAdmin, register, RelyingParty } from './relying-party.js';

let auth: AuthBench;
let admin: Admin;
let app: RelyingParty;

beforeAll(async () => {
  auth = await AuthBench.start({ LIMIT_SCALE: '1000', JWKS_MAX_AGE_SECONDS: '1', SIGNING_KEYS_RELOAD_SECONDS: '1' });
  admin = await newAdmin(auth);
  app = new RelyingParty(auth, await register(auth, admin));
});
afterAll(() => auth?.stop());

const tokens = z.object({ access_token: z.string(), refresh_token: z.string(), id_token: z.string(), expires_in: z.number(), scope: z.string(), token_type: z.literal('Bearer') });
const signIn = async (party = app, more: Record<string, string | undefined> = {}, browser = new Browser(auth)) =>
  tokens.parse((await party.exchange(await party.code(browser, admin.email, more))).json);
const keySet = async (path = '/.well-known/jwks.json') => {
  const { keys } = authEndpoints.jwks.success.schema.parse((await auth.request('GET', path)).json);
  return createLocalJWKSet({ keys: [...keys] });
};

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
    const id = await jwtVerify(issued.id_token, await keySet(), { issuer, audience: app.client.id });
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
    const issued = tokens.parse((await app.exchange(new URL(done.location).searchParams.get('code') ?? '')).json);
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

describe('an access token of a client app', () => {
  it('is known to userinfo, introspection and revocation, by the client that has it alone', async () => {
    const issued = await signIn();
    expect((await app.userinfo(issued.access_token)).json).toEqual({ sub: admin.id, email: admin.email, email_verified: true, org_id: admin.orgId });
    const { json } = await app.form('/oidc/token/introspection', { token: issued.access_token });
    expect(json).toMatchObject({ active: true, client_id: app.client.id, sub: admin.id, token_type: 'Bearer' });
    const other = new RelyingParty(auth, await register(auth, admin, { name: 'Other' }));
    expect((await other.form('/oidc/token/introspection', { token: issued.access_token })).json).toEqual({ active: false });
    await other.form('/oidc/token/revocation', { token: issued.access_token });
    expect((await app.form('/oidc/token/introspection', { token: issued.access_token })).json).toMatchObject({ active: true });
    expect((await app.form('/oidc/token/revocation', { token: issued.access_token })).status).toBe(200);
    expect((await app.form('/oidc/token/introspection', { token: issued.access_token })).json).toEqual({ active: false });
    expect((await app.userinfo(issued.access_token)).status).toBe(401);
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
  });

  it('is no way to a session of the person, nor to what the person alone may', async () => {
    const { access_token: token } = await signIn();
    for (const [method, url, body] of [
      ['GET', '/me', undefined],
      ['GET', '/sessions', undefined],
      ['POST', '/switch-org', { org_id: admin.orgId }],
      ['POST', '/logout-all', undefined],
      ['POST', '/password/change', { current_password: 'x', password: 'a new password of mine', password_confirm: 'a new password of mine' }],
    ] as const) {
      expect((await auth.request(method, url, { token, body })).status, url).toBe(403);
    }
    expect((await auth.request('GET', '/oauth-clients', { token })).status).toBe(403);
  });

  it('is told from an ID token and from a platform token where OAuth is spoken', async () => {
    const issued = await signIn();
    expect((await auth.request('GET', '/oauth-clients', { token: issued.id_token })).status).toBe(401);
    expect((await app.userinfo(issued.id_token)).status).toBe(401);
    expect((await app.userinfo(admin.token)).status).toBe(401);
    expect((await app.userinfo(`twin:${String(decodeJwt(issued.access_token).jti)}`)).status).toBe(401);
    expect((await app.form('/oidc/token/introspection', { token: admin.token })).json).toEqual({ active: false });
  });

  it('of a request without permissions is opaque, and for userinfo alone', async () => {
    const issued = await signIn(app, { scope: 'openid email' });
    expect(issued.access_token).not.toContain('.');
    expect((await app.userinfo(issued.access_token)).json).toMatchObject({ sub: admin.id, email: admin.email });
    expect((await auth.request('GET', '/me', { token: issued.access_token })).status).toBe(401);
  });

  it('holds nothing that the client isn’t registered for or the person doesn’t hold', async () => {
    const issued = await signIn(app, { scope: 'openid sites.read users.read sites.create events.sql oauth_clients.manage' });
    expect(accessTokenClaims.parse(decodeJwt(issued.access_token)).permissions).toEqual(['sites.read']);
  });
});

describe('a session of a client app', () => {
  const sessions = async () => z.object({ data: z.array(z.object({ id: z.string(), user_agent: z.string().nullable() })) }).parse((await auth.request('GET', '/sessions', { token: admin.token })).json).data;

  it('is listed by its name, and its end is the end of the grant', async () => {
    const issued = await signIn();
    const { sid } = accessTokenClaims.parse(decodeJwt(issued.access_token));
    expect((await sessions()).find(({ id }) => id === sid)?.user_agent).toBe('App: Invoices');
    expect((await auth.request('DELETE', `/sessions/${sid}`, { token: admin.token })).status).toBe(204);
    expect((await app.userinfo(issued.access_token)).status).toBe(401);
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    await until('the token is dead at the services', async () => (await auth.request('GET', '/oauth-clients', { token: issued.access_token })).status === 401);
  });

  it('ends with the membership', async () => {
    const member = await auth.people.verified();
    await auth.people.join(member.id, 'member', admin.orgId);
    const code = await app.code(new Browser(auth), member.email);
    const issued = tokens.parse((await app.exchange(code)).json);
    await auth.people.change(member.id, admin.orgId, 2, []);
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await app.userinfo(issued.access_token)).status).toBe(401);
  });

  it('ends when the account is disabled', async () => {
    const member = await auth.people.verified();
    await auth.people.join(member.id, 'member', admin.orgId);
    const issued = tokens.parse((await app.exchange(await app.code(new Browser(auth), member.email))).json);
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [member.id]);
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await app.userinfo(issued.access_token)).status).toBe(401);
  });

  it('ends with the sign-out of the browser, unless the app asked to stay', async () => {
    const browser = new Browser(auth);
    const issued = await signIn(app, {}, browser);
    const stays = new RelyingParty(auth, await register(auth, admin, { name: 'Stays' }));
    const staying = await signIn(stays, { scope: 'openid offline_access sites.read', prompt: 'consent' }, browser);
    const page = await browser.get(`/oidc/session/end?client_id=${app.client.id}&post_logout_redirect_uri=${encodeURIComponent('https://app.example/bye')}`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    expect((await browser.post('/oidc/session/end/confirm', { xsrf: 'wrong', logout: 'yes' })).status).toBe(400);
    const done = await browser.post('/oidc/session/end/confirm', { xsrf, logout: 'yes' });
    expect(done.location).toBe('https://app.example/bye');
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await stays.refresh(staying.refresh_token)).status).toBe(200);
    expect((await browser.get(app.authorizationUrl())).location).toMatch(/^\/oidc\/interaction\//);
    const elsewhere = await browser.get('/oidc/session/end?client_id=' + app.client.id + '&post_logout_redirect_uri=https://evil.example/');
    expect(elsewhere.status).toBe(400);
  });

  it('of the browser ends the sign-in there', async () => {
    const browser = new Browser(auth);
    await signIn(app, {}, browser);
    expect((await browser.get(app.authorizationUrl())).location).toMatch(/\?code=/);
    await auth.request('POST', '/logout-all', { token: admin.token });
    admin = { ...admin, token: tokensOf(await auth.people.login(admin.email)).access };
    expect((await browser.get(app.authorizationUrl())).location).toMatch(/^\/oidc\/interaction\//);
  });
});

describe('signing keys', () => {
  it('are rotated under the provider without a restart: it signs with the new one, and the old one still verifies', async () => {
    const browser = new Browser(auth);
    const before = await signIn(app, {}, browser);
    await stageSigningKey(auth.engines.secretsClient, signingKeysSecret);
    await promoteSigningKey(auth.engines.secretsClient, signingKeysSecret, { waitSeconds: 1_800, evenIfNew: true });
    const code = await app.code(browser, admin.email);
    const ring = auth.app.get(KeyRing);
    await until('the new key to sign', async () => {
      await ring.reload();
      return ring.current().kid !== decodeProtectedHeader(before.id_token).kid;
    });
    const after = tokens.parse((await app.exchange(code)).json);
    expect(decodeProtectedHeader(after.id_token).kid).not.toBe(decodeProtectedHeader(before.id_token).kid);
    expect(decodeProtectedHeader(after.access_token).kid).toBe(decodeProtectedHeader(after.id_token).kid);
    const provider = await keySet('/oidc/jwks');
    for (const { id_token, access_token } of [before, after]) {
      await jwtVerify(id_token, provider, { issuer });
      expect((await app.form('/oidc/token/introspection', { token: access_token })).json).toMatchObject({ active: true });
    }
    expect((await app.refresh(before.refresh_token)).status).toBe(200);
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
