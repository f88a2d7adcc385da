import { AuditTrail } from '@atrium/platform/audit';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RetentionJob } from '../src/retention/retention.job.js';
import { AuthBench } from './auth-bench.js';
import { Browser } from './browser.js';
import { type Admin, newAdmin, redirectUri, register, RelyingParty } from './relying-party.js';

let auth: AuthBench;
let admin: Admin;
let app: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  auth = await AuthBench.start();
  admin = await newAdmin(auth);
  app = new RelyingParty(auth, await register(auth, admin));
  browser = new Browser(auth);
});
afterAll(() => auth?.stop());

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });
const newTokens = async () => tokens.parse((await app.exchange(await app.code(browser, admin.email))).json);
const invalidGrant = { error: 'invalid_grant' };

/** At the services, by the revocation list, within 5 s. */
async function expectDead({ access_token, refresh_token }: z.output<typeof tokens>): Promise<void> {
  expect((await app.userinfo(access_token)).status).toBe(401);
  expect((await app.form('/oidc/token/introspection', { token: access_token })).json).toEqual({ active: false });
  expect((await app.refresh(refresh_token)).json).toMatchObject(invalidGrant);
  await until('the access token is dead', async () => (await auth.request('GET', '/oauth-clients', { token: access_token })).status === 401);
}

describe('an authorization code', () => {
  it('that comes twice is refused, and the tokens from it are dead', async () => {
    const code = await app.code(browser, admin.email);
    const issued = tokens.parse((await app.exchange(code)).json);
    const audit = vi.spyOn(auth.app.get(AuditTrail), 'record');
    expect(await app.exchange(code)).toMatchObject({ status: 400, json: invalidGrant });
    await expectDead(issued);
    expect(audit.mock.calls.map(([, { action }, { orgId }]) => [action, orgId])).toEqual([['grant.code_reused', admin.orgId]]);
    audit.mockRestore();
    expect(auth.logs.join('\n')).toContain('"event":"grant.code_reused"');
  });

  it('that comes twice at once wins once, and the winner’s tokens are dead', async () => {
    for (let round = 0; round < 3; round += 1) {
      const code = await app.code(browser, admin.email);
      const answers = await Promise.all([app.exchange(code), app.exchange(code), app.exchange(code)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
      await expectDead(tokens.parse(answers.find(({ status }) => status === 200)?.json));
    }
  });

  it('is good for nothing in the hands of another client, and still works for its own', async () => {
    const other = new RelyingParty(auth, await register(auth, admin, { name: 'Other' }));
    const code = await app.code(browser, admin.email);
    expect((await other.exchange(code, { code_verifier: app.verifier })).json).toMatchObject(invalidGrant);
    expect((await app.exchange(code)).status).toBe(200);
  });

  it('is good for nothing without its verifier, with another one, or with another redirect URI', async () => {
    const code = await app.code(browser, admin.email);
    expect((await app.exchange(code, { code_verifier: 'x'.repeat(43) })).json).toMatchObject(invalidGrant);
    expect((await app.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri })).json).toMatchObject(invalidGrant);
    expect((await app.exchange(code, { redirect_uri: `${redirectUri}/` })).json).toMatchObject(invalidGrant);
    expect((await app.exchange(code)).status).toBe(200);
  });

  it('is good for a minute', async () => {
    const code = await app.code(browser, admin.email);
    await auth.engines.superuser.query(`update auth.oidc_payloads set expires_at = now() where model = 'AuthorizationCode'`);
    expect((await app.exchange(code)).json).toMatchObject(invalidGrant);
  });
});

describe('a request without proof key', () => {
  it.each([
    ['none at all', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['none named, which means plain', { code_challenge_method: undefined }],
    ['another method', { code_challenge_method: 's256' }],
    ['an empty challenge', { code_challenge: '' }],
  ])('is refused: %s', async (_, more) => {
    const page = await browser.get(app.authorizationUrl(more));
    expect(page.location).toMatch(/^https:\/\/app\.example\/callback\?error=invalid_request/);
    expect(page.location).not.toContain('code=');
  });
});

describe('a redirect URI that is nearly the registered one', () => {
  it.each([
    'https://app.example/callback/',
    'https://app.example/callback/evil',
    'https://app.example/callbackevil',
    'https://app.example/Callback',
    'https://APP.example/callback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'http://app.example/callback',
    'https://app.example/x/../callback',
    'https://app.example/./callback',
    'https://app.example/%63allback',
    'https://app.example/callback?next=https://evil.example',
    'https://app.example/callback?',
    'https://app.example/callback#',
    'https://user@app.example/callback',
    'https://app.example.evil.example/callback',
    'https://evil.example/callback',
    'https://app.example\\@evil.example/callback',
    'https://sub.app.example/callback',
    ' https://app.example/callback',
    'javascript:alert(1)',
  ])('is refused on our own page: %s', async (uri) => {
    const page = await browser.get(app.authorizationUrl({ redirect_uri: uri }));
    expect(page.status).toBe(400);
    expect(page.location).toBe('');
    expect(page.text).not.toContain('evil.example');
  });

  it('leads nowhere else when it is missing or given twice', async () => {
    const twice = `${app.authorizationUrl()}&redirect_uri=${encodeURIComponent('https://evil.example/')}`;
    for (const url of [twice, app.authorizationUrl({ redirect_uri: '' }), app.authorizationUrl({ redirect_uri: undefined })]) {
      const page = await browser.get(url);
      expect(page.text).not.toContain('evil.example');
      expect(page.location).toMatch(/^(https:\/\/app\.example\/callback\?error=invalid_request.*)?$/);
    }
  });
});

describe('a client', () => {
  it('is refused with a wrong secret, without one, with a hash of it, or in another way than it registered', async () => {
    const { id, client_secret: secret } = app.client;
    const wrong = new RelyingParty(auth, { id, client_secret: `${secret ?? ''}x` });
    const { rows } = await auth.engines.superuser.query<{ secret_hash: Buffer }>('select secret_hash from auth.oauth_clients where id = $1', [id]);
    const hashed = new RelyingParty(auth, { id, client_secret: rows[0]?.secret_hash.toString('base64url') ?? '' });
    const none = new RelyingParty(auth, { id, client_secret: null });
    const code = await app.code(browser, admin.email);
    for (const party of [wrong, hashed, none]) {
      const answer = await party.exchange(code, { code_verifier: app.verifier });
      expect(answer).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    }
    expect((await none.exchange(code, { code_verifier: app.verifier, client_secret: 'guess' })).status).toBe(401);
    expect((await app.exchange(code)).status).toBe(200);
  });

  it('may not use a grant type that it isn’t registered for', async () => {
    expect((await app.token({ grant_type: 'client_credentials' })).json).toMatchObject({ error: 'invalid_request' });
    expect((await app.token({ grant_type: 'password', username: admin.email, password: 'x' })).json).toMatchObject({ error: 'unsupported_grant_type' });
    const page = await browser.get(app.authorizationUrl({ response_type: 'token' }));
    expect(page.location).toMatch(/error=unsupported_response_type/);
  });

  it('is unknown when its id is no id', async () => {
    for (const id of ["x' or 1=1", '../admin', '00000000-0000-0000-0000-000000000000', 'https://evil.example/client.json']) {
      const page = await browser.get(app.authorizationUrl({ client_id: id }));
      expect(page.status).toBe(400);
      expect(page.location).toBe('');
    }
  });

  it('names no other resource than the API', async () => {
    const page = await browser.get(app.authorizationUrl({ resource: 'https://evil.example/' }));
    expect(page.location).toMatch(/error=invalid_target/);
  });
});

describe('a refresh token', () => {
  it('is rotated, and used twice ends everything of its grant', async () => {
    const first = await newTokens();
    const audit = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const second = tokens.parse((await app.refresh(first.refresh_token)).json);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await app.refresh(first.refresh_token)).json).toMatchObject(invalidGrant);
    await expectDead(second);
    expect(audit.mock.calls.map(([, { action }]) => action)).toEqual(['grant.token_reused']);
    audit.mockRestore();
  });

  it('used twice at once wins once at most, and nothing of it lives on', async () => {
    const first = await newTokens();
    const answers = await Promise.all([app.refresh(first.refresh_token), app.refresh(first.refresh_token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    await expectDead(tokens.parse(answers.find(({ status }) => status === 200)?.json));
  });

  it('of another client is refused, and goes on working for its own', async () => {
    const other = new RelyingParty(auth, await register(auth, admin, { name: 'Other' }));
    const issued = await newTokens();
    expect((await other.refresh(issued.refresh_token)).json).toMatchObject(invalidGrant);
    expect((await app.refresh(issued.refresh_token)).status).toBe(200);
  });

  it('gives no more scope than it was given for', async () => {
    const issued = await newTokens();
    const wider = await app.refresh(issued.refresh_token, { scope: 'openid email sites.read invoices.read' });
    expect(wider.json).toMatchObject({ error: 'invalid_scope' });
  });

  it('is no refresh token of the platform, nor the other way round', async () => {
    const issued = await newTokens();
    expect((await auth.people.refresh(issued.refresh_token)).status).toBe(401);
    const platform = z.object({ refresh_token: z.string() }).parse((await auth.people.login(admin.email)).json);
    expect((await app.refresh(platform.refresh_token)).json).toMatchObject(invalidGrant);
  });
});

describe('what is stored', () => {
  it('holds no code, token, cookie or secret, and nothing of them is logged', async () => {
    const fresh = new Browser(auth);
    const begun = await fresh.get(app.authorizationUrl());
    const uid = begun.location.split('/').at(-1) ?? '';
    const code = await app.code(fresh, admin.email);
    const issued = tokens.parse((await app.exchange(code)).json);
    const { rows } = await auth.engines.superuser.query<{ row: string }>(
      `select p::text as row from auth.oidc_payloads p union all select c::text from auth.oauth_clients c union all select i::text from auth.idempotency_keys i`,
    );
    const stored = rows.map(({ row }) => row).join('\n');
    const cookies = String((await fresh.get(app.authorizationUrl({ prompt: 'login' }))).headers['set-cookie']).match(/=([\w-]{20,})/g) ?? [];
    expect(cookies.length).toBeGreaterThan(0);
    const secrets = [uid, code, issued.access_token, issued.refresh_token, app.client.client_secret ?? '', ...cookies.map((one) => one.slice(1))];
    const { rows: later } = await auth.engines.superuser.query<{ row: string }>('select p::text as row from auth.oidc_payloads p');
    const texts = [stored, later.map(({ row }) => row).join('\n'), auth.logs.join('\n')];
    for (const secret of secrets) for (const text of texts) expect(text).not.toContain(secret);
    expect(decodeJwt(issued.access_token)['jti']).toBeTypeOf('string');
  });

  it('is removed when it is over', async () => {
    await auth.engines.superuser.query(`update auth.oidc_payloads set expires_at = now() - interval '1 second'`);
    await auth.app.get(RetentionJob).run();
    const { rows } = await auth.engines.superuser.query('select 1 from auth.oidc_payloads');
    expect(rows).toEqual([]);
  });
});
