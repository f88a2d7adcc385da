import { accessTokenClaims } from '@atrium/contract-kit';
import { until } from '@atrium/testing';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KeyRing } from '../src/signing-keys/key-ring.js';
import { promoteSigningKey, stageSigningKey } from '../src/signing-keys/key-rotation.js';
import { issuer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { signingKeysSecret } from './auth-engines.js';
import { Browser } from './browser.js';
import { tokensOf } from './people.js';
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
    const issued = issuedTokens.parse((await app.exchange(code)).json);
    await auth.people.change(member.id, admin.orgId, 2, []);
    expect((await app.refresh(issued.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await app.userinfo(issued.access_token)).status).toBe(401);
  });

  it('ends when the account is disabled', async () => {
    const member = await auth.people.verified();
    await auth.people.join(member.id, 'member', admin.orgId);
    const issued = issuedTokens.parse((await app.exchange(await app.code(new Browser(auth), member.email))).json);
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
    const after = issuedTokens.parse((await app.exchange(code)).json);
    expect(decodeProtectedHeader(after.id_token).kid).not.toBe(decodeProtectedHeader(before.id_token).kid);
    expect(decodeProtectedHeader(after.access_token).kid).toBe(decodeProtectedHeader(after.id_token).kid);
    const provider = await keySet(auth, '/oidc/jwks');
    for (const { id_token, access_token } of [before, after]) {
      await jwtVerify(id_token, provider, { issuer });
      expect((await app.form('/oidc/token/introspection', { token: access_token })).json).toMatchObject({ active: true });
    }
    expect((await app.refresh(before.refresh_token)).status).toBe(200);
  });
});
