import { IdentityIssuer } from '@atrium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { publicUrl } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { codeOf, Federation } from './federation.js';
import { callbackOf, configureIssuers, setCookieOf, Visitor } from './visitor.js';

let federation: Federation;
let auth: AuthBench;
let acme: IdentityIssuer;

beforeAll(async () => {
  federation = await Federation.start();
  ({ auth, acme } = federation);
});
afterAll(() => federation?.stop());
afterEach(() => federation.restore());

describe('the issuers', () => {
  it('are listed by id and name alone, in their order', async () => {
    expect((await auth.request('GET', '/oauth')).json).toEqual({ data: [{ id: 'acme', name: 'Acme' }, { id: 'other', name: 'Other' }] });
  });

  it('that are configured wrongly are left out, told of without a value, and stop nobody', async () => {
    const { id: _, ...nameless } = acme.settings('x');
    await configureIssuers(auth, [nameless, acme.settings('acme'), { ...federation.other.settings('other'), issuer: 'http://login.example.com' }]);
    try {
      expect((await auth.request('GET', '/oauth')).json).toEqual({ data: [{ id: 'acme', name: 'acme' }] });
      expect(auth.logs.join('')).toContain('oauth.provider_left_out');
      expect(auth.logs.join('')).not.toContain(acme.clientSecret);
    } finally {
      await configureIssuers(auth, [acme.settings('acme', 'Acme'), federation.other.settings('other', 'Other')]);
    }
  });

  it('that are unknown are a 404', async () => {
    for (const path of ['/oauth/nobody/start', '/oauth/nobody/callback?state=x']) {
      expect(codeOf(await auth.request('GET', path))).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('that do not answer are unavailable, and no others', async () => {
    const dark = await IdentityIssuer.start({ redirectUris: [callbackOf('dark')] });
    dark.isDown = true;
    await configureIssuers(auth, [acme.settings('acme', 'Acme'), federation.other.settings('other', 'Other'), dark.settings('dark')]);
    const refused = await auth.request('GET', '/oauth/dark/start');
    expect(codeOf(refused)).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    // It isn't asked again at once.
    await auth.request('GET', '/oauth/dark/start');
    expect([...dark.requests.values()]).toEqual([1]);
    expect((await auth.request('GET', '/oauth/acme/start')).status).toBe(302);
    await dark.stop();
  });

  it('are asked for their endpoints once, by however many at once', async () => {
    const fresh = await IdentityIssuer.start({ redirectUris: [callbackOf('fresh')] });
    await configureIssuers(auth, [acme.settings('acme', 'Acme'), federation.other.settings('other', 'Other'), fresh.settings('fresh')]);
    await Promise.all(Array.from({ length: 8 }, () => auth.request('GET', '/oauth/fresh/start')));
    expect(fresh.requests.get('/.well-known/openid-configuration')).toBe(1);
    await fresh.stop();
  });
});

describe('the way to the issuer', () => {
  it('carries code, PKCE, nonce and state, and binds the browser by a cookie that scripts cannot read', async () => {
    const answer = await auth.request('GET', '/oauth/acme/start');
    const url = new URL(String(answer.headers['location']));
    expect(`${url.origin}${url.pathname}`).toBe(`${acme.url}/auth`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: acme.clientId,
      response_type: 'code',
      redirect_uri: callbackOf('acme'),
      scope: 'openid email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(setCookieOf(answer)).toMatch(/^atrium-oauth=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('leaves nothing in the database that would finish it', async () => {
    const visitor = new Visitor(auth);
    const { searchParams } = await visitor.start();
    const { rows } = await auth.engines.superuser.query<{ row: string }>('select f::text as row from auth.oauth_flows f');
    const stored = rows.map(({ row }) => row).join();
    for (const secret of [searchParams.get('state'), searchParams.get('nonce'), visitor.cookie?.split('=')[1]]) {
      expect(stored).not.toContain(secret);
    }
  });

  it.each(['https://evil.example', `${publicUrl}/sign-in/`, `${publicUrl}/sign-in?x=1`, `${publicUrl}/sign-in#`, `${publicUrl}@evil.example/sign-in`, `${publicUrl}/SIGN-IN`, '//evil.example', 'javascript:alert(1)', ''])(
    'is not taken with a redirect_uri that is not configured: %j',
    async (uri) => {
      const answer = await auth.request('GET', `/oauth/acme/start?redirect_uri=${encodeURIComponent(uri)}`);
      expect(codeOf(answer)).toEqual([400, 'VALIDATION_ERROR']);
      expect(answer.headers['location']).toBeUndefined();
    },
  );

  it.each(['code_challenge=short', 'ticket=x', `ticket=${'x'.repeat(43)}`, `ticket=${'x'.repeat(43)}&redirect_uri=${publicUrl}/sign-in`, 'state=mine'])(
    'is not taken with %s',
    async (query) => {
      expect(codeOf(await auth.request('GET', `/oauth/acme/start?${query}`))).toEqual([400, 'VALIDATION_ERROR']);
    },
  );
});
