import { createHash, randomBytes } from 'node:crypto';
import { authenticate, type IdentityIssuer } from '@atrium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { publicUrl } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { errorOf, Federation, newAccount } from './federation.js';
import { callbackOf, Visitor } from './visitor.js';

let federation: Federation;
let auth: AuthBench;
let acme: IdentityIssuer;

beforeAll(async () => {
  federation = await Federation.start();
  ({ auth, acme } = federation);
});
afterAll(() => federation?.stop());
afterEach(() => federation.restore());

describe('a callback', () => {
  const atIssuer = async (account = newAccount()) => {
    const visitor = new Visitor(auth);
    return { visitor, account, callback: await authenticate(visitor.browser, await visitor.start(), account) };
  };
  const changed = (url: URL, name: string, value: string | undefined): URL => {
    const copy = new URL(url);
    if (value === undefined) copy.searchParams.delete(name);
    else copy.searchParams.set(name, value);
    return copy;
  };

  it('works once', async () => {
    const { visitor, callback } = await atIssuer();
    expect(errorOf(await visitor.comeBack(callback))).toBeNull();
    expect((await visitor.comeBack(callback)).href).toBe(`${publicUrl}/sign-in?error=invalid_flow`);
  });

  it('works once when it comes many times at once', async () => {
    const { visitor, callback } = await atIssuer();
    const backs = await Promise.all(Array.from({ length: 6 }, () => visitor.comeBack(callback)));
    expect(backs.filter((back) => errorOf(back) === null)).toHaveLength(1);
  });

  it("does nothing in a browser that didn't begin it, and is left to the one that did", async () => {
    const { visitor, callback } = await atIssuer();
    const stranger = new Visitor(auth);
    await stranger.start();
    for (const cookie of [undefined, stranger.cookie, 'atrium-oauth=', 'atrium-oauth=x', `__Host-${visitor.cookie ?? ''}`]) {
      expect(errorOf(await new Visitor(auth).comeBack(callback, cookie))).toBe('invalid_flow');
    }
    expect(errorOf(await visitor.comeBack(callback))).toBeNull();
  });

  it.each(['', '?state=', '?code=x', '?state=x&code=x', `?${'state=a&'.repeat(2)}`, '?error=access_denied', `?error=x&state=${'y'.repeat(43)}`])(
    'without a flow goes to the default page or is refused: %s',
    async (query) => {
      const answer = await auth.request('GET', `/oauth/acme/callback${query}`, { headers: { cookie: `atrium-oauth=${'x'.repeat(43)}` } });
      if (answer.status === 302) expect(answer.headers['location']).toBe(`${publicUrl}/sign-in?error=invalid_flow`);
      else expect(answer.status).toBe(400);
    },
  );

  it('is too late after ten minutes', async () => {
    const { visitor, callback } = await atIssuer();
    await auth.engines.superuser.query(`update auth.oauth_flows set created_at = created_at - interval '11 minutes', expires_at = now() - interval '1 second'`);
    expect(errorOf(await visitor.comeBack(callback))).toBe('invalid_flow');
  });

  it("of one issuer is not taken at another's", async () => {
    const { visitor, callback } = await atIssuer();
    const mixedUp = new URL(`${callbackOf('other')}${callback.search}`);
    expect(errorOf(await visitor.comeBack(mixedUp))).toBe('invalid_flow');
  });

  it('is refused when it names another issuer, or none (RFC 9207)', async () => {
    for (const iss of [federation.other.url, 'https://evil.example', undefined]) {
      const { visitor, callback } = await atIssuer();
      expect(callback.searchParams.get('iss')).toBe(acme.url);
      expect(errorOf(await visitor.comeBack(changed(callback, 'iss', iss)))).toBe('invalid_response');
    }
  });

  it("is refused with another person's code, or one that was used", async () => {
    const victim = await atIssuer();
    const attacker = await atIssuer();
    const code = victim.callback.searchParams.get('code') ?? undefined;
    expect(errorOf(await attacker.visitor.comeBack(changed(attacker.callback, 'code', code)))).toBe('invalid_response');
  });

  it.each(['nonce', 'code_challenge'])('is refused when the %s was changed on the way to the issuer', async (name) => {
    const visitor = new Visitor(auth);
    const url = changed(await visitor.start(), name, randomBytes(32).toString('base64url'));
    const callback = await authenticate(visitor.browser, url, newAccount());
    expect(errorOf(await visitor.comeBack(callback))).toBe('invalid_response');
  });

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const parts = (token: string) => token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
  const withClaims = (claims: Record<string, unknown>) => (token: string) =>
    `${token.split('.')[0]}.${encode({ ...parts(token)[1], ...claims })}.${token.split('.')[2]}`;

  it.each<[string, ((token: string) => string) | undefined]>([
    ['that is missing', undefined],
    ['of another subject', withClaims({ sub: 'somebody-else' })],
    ['of another issuer', withClaims({ iss: 'https://evil.example' })],
    ['for another client', withClaims({ aud: 'somebody-else' })],
    ['that is over', withClaims({ exp: 1 })],
    ['without a signature', (token) => `${encode({ ...parts(token)[0], alg: 'none' })}.${token.split('.')[1]}.`],
    ['signed with the client secret', (token) => {
      const signed = `${encode({ alg: 'HS256' })}.${token.split('.')[1]}`;
      return `${signed}.${createHash('sha256').update(signed + acme.clientSecret).digest('base64url')}`;
    }],
    ['with a key of its own', (token) => `${encode({ ...parts(token)[0], jku: 'https://evil.example', kid: 'mine' })}.${token.split('.').slice(1).join('.')}`],
    ['that is no token', () => 'nonsense'],
  ])('is refused with an ID token %s', async (_, forge) => {
    const { visitor, callback } = await atIssuer();
    acme.tamper = ({ id_token: token, ...answer }) => (forge ? { ...answer, id_token: forge(String(token)) } : answer);
    expect(errorOf(await visitor.comeBack(callback))).toBe('invalid_response');
  });

  it('leaves neither code, state nor address in the log, whatever went wrong', async () => {
    const good = await atIssuer();
    const back = await good.visitor.comeBack(good.callback);
    const bad = await atIssuer();
    acme.tamper = (answer) => ({ ...answer, id_token: withClaims({ aud: 'somebody-else' })(String(answer['id_token'])) });
    await bad.visitor.comeBack(bad.callback);
    const logs = auth.logs.join('');
    expect(logs).toContain('oauth.refused');
    const secrets = [good, bad].flatMap(({ visitor, account, callback }) => [
      account.email,
      account.sub,
      visitor.cookie?.split('=')[1] ?? '',
      callback.searchParams.get('code') ?? '',
      callback.searchParams.get('state') ?? '',
    ]);
    for (const secret of [...secrets, back.searchParams.get('code') ?? '', acme.clientSecret]) expect(logs).not.toContain(secret);
  });
});
