import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { passwordResetRequested, userEmailVerified, userRegistered } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { authenticate, decline, IdentityIssuer, type IssuerAccount, until } from '@atrium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, publicUrl } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { codeOf as secondFactorCode, Factors } from './factors.js';
import { newEmail, password, tokensOf } from './people.js';
import { callbackOf, configureIssuers, setCookieOf, Visitor } from './visitor.js';

const otherApp = 'https://app.example.com/back';
let auth: AuthBench;
let acme: IdentityIssuer;
/** Another issuer, which puts claims into the ID token. */
let other: IdentityIssuer;

beforeAll(async () => {
  [auth, acme, other] = await Promise.all([
    AuthBench.start({ LIMIT_SCALE: '1000', OAUTH_REDIRECT_URIS: `${publicUrl}/sign-in, ${otherApp}` }),
    IdentityIssuer.start({ redirectUris: [callbackOf('acme')] }),
    IdentityIssuer.start({ redirectUris: [callbackOf('other')], claimsInIdToken: true }),
  ]);
  await configureIssuers(auth, [acme.settings('acme', 'Acme'), other.settings('other', 'Other')]);
});
afterAll(async () => {
  await auth?.stop();
  await acme?.stop();
  await other?.stop();
});
afterEach(() => {
  acme.tamper = undefined;
  acme.isDown = false;
  vi.restoreAllMocks();
});

const newAccount = (more: Partial<IssuerAccount> = {}): IssuerAccount & { email: string } => ({
  sub: randomUUID(),
  email: newEmail(),
  email_verified: true,
  ...(more as object),
});
const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const errorOf = (url: URL) => url.searchParams.get('error');
const rowOf = async <Row>(sql: string, values: unknown[]): Promise<Row | undefined> =>
  (await auth.engines.superuser.query(sql, values)).rows[0] as Row | undefined;
const accountOf = (email: string) =>
  rowOf<{ id: string; password_hash: string | null; email_verified_at: Date | null }>('select * from auth.accounts where email = $1', [email]);
const identitiesOf = async (email: string) =>
  (
    await auth.engines.superuser.query<{ subject: string }>(
      'select i.subject from auth.identities i join auth.accounts a on a.id = i.account_id where a.email = $1',
      [email],
    )
  ).rows.map(({ subject }) => subject);

describe('the issuers', () => {
  it('are listed by id and name alone, in their order', async () => {
    expect((await auth.request('GET', '/oauth')).json).toEqual({ data: [{ id: 'acme', name: 'Acme' }, { id: 'other', name: 'Other' }] });
  });

  it('that are configured wrongly are left out, told of without a value, and stop nobody', async () => {
    const { id: _, ...nameless } = acme.settings('x');
    await configureIssuers(auth, [nameless, acme.settings('acme'), { ...other.settings('other'), issuer: 'http://login.example.com' }]);
    try {
      expect((await auth.request('GET', '/oauth')).json).toEqual({ data: [{ id: 'acme', name: 'acme' }] });
      expect(auth.logs.join('')).toContain('oauth.provider_left_out');
      expect(auth.logs.join('')).not.toContain(acme.clientSecret);
    } finally {
      await configureIssuers(auth, [acme.settings('acme', 'Acme'), other.settings('other', 'Other')]);
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
    await configureIssuers(auth, [acme.settings('acme', 'Acme'), other.settings('other', 'Other'), dark.settings('dark')]);
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
    await configureIssuers(auth, [acme.settings('acme', 'Acme'), other.settings('other', 'Other'), fresh.settings('fresh')]);
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

describe('signing in with an issuer', () => {
  it('registers whom nobody knows, with a verified address and without a password', async () => {
    const account = newAccount();
    const answer = await new Visitor(auth).signIn({ ...account, email: account.email.toUpperCase() });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', user: { email: account.email } });
    expect(answer.headers['cache-control']).toBe('no-store');
    const row = await accountOf(account.email);
    expect(row).toMatchObject({ password_hash: null, email_verified_at: expect.any(Date) });
    const registered = await auth.queues.hear(userRegistered, ({ email }) => email === account.email);
    expect(registered).toMatchObject({ user_id: row?.id, organization_name: `${account.email.split('@')[0]}'s organization` });
    await auth.queues.hear(userEmailVerified, ({ user_id }) => user_id === row?.id);
    const session = await rowOf<{ methods: string[] }>('select methods from auth.sessions where account_id = $1', [row?.id]);
    expect(session?.methods).toEqual(['fed']);
    expect((await auth.request('GET', '/me', { token: tokensOf(answer).access })).json).toMatchObject({ email: account.email, email_verified: true });
  });

  it('finds a known person by subject, whatever their address has become', async () => {
    const account = newAccount();
    const first = await new Visitor(auth).signIn(account);
    const changed = { ...account, email: newEmail(), email_verified: false };
    const second = await new Visitor(auth).signIn(changed);
    expect(second.json['user']).toEqual(first.json['user']);
  });

  it('works where the claims stand in the ID token, and never mixes up subjects of two issuers', async () => {
    const account = newAccount();
    const first = await new Visitor(auth).signIn(account);
    const twin = await new Visitor(auth, 'other').signIn({ ...account, email: newEmail() });
    expect(twin.status).toBe(200);
    expect(twin.json['user']).not.toEqual(first.json['user']);
  });

  it('opens the account of the verified address, whose password goes on', async () => {
    const { email } = await auth.people.verified();
    const account = newAccount({ email });
    expect((await new Visitor(auth).signIn(account)).json['user']).toMatchObject({ email });
    expect(await identitiesOf(email)).toEqual([account.sub]);
    expect((await auth.people.login(email)).status).toBe(200);
  });

  it('asks for the second factor of who has one, and opens no session before', async () => {
    const factors = new Factors(auth);
    const ann = await factors.enrolled();
    const answer = await new Visitor(auth).signIn(newAccount({ email: ann.email }));
    expect([answer.status, answer.json]).toEqual([200, expect.objectContaining({ mfa_required: true, mfa_token: expect.any(String) })]);
    expect(answer.json).not.toHaveProperty('access_token');
    const body = { mfa_token: answer.json['mfa_token'], code: secondFactorCode(ann.secret, 1) };
    expect((await auth.request('POST', '/login/mfa', { body })).status).toBe(200);
    const session = await rowOf<{ methods: string[] }>('select methods from auth.sessions where account_id = $1 order by created_at desc limit 1', [ann.id]);
    expect(session?.methods).toEqual(['fed', 'otp']);
  });

  it('links nobody twice when they come from two browsers at once', async () => {
    const account = newAccount();
    const visitors = [new Visitor(auth), new Visitor(auth), new Visitor(auth)];
    const callbacks = await Promise.all(visitors.map(async (one) => authenticate(one.browser, await one.start(), account)));
    const backs = await Promise.all(visitors.map((one, index) => one.comeBack(callbacks[index]!)));
    expect(backs.map(errorOf)).toEqual([null, null, null]);
    expect(await identitiesOf(account.email)).toEqual([account.sub]);
  });

  it.each([
    ['unverified', { email_verified: false }],
    ['verified as a text', { email_verified: 'true' }],
    ['verified as a number', { email_verified: 1 }],
    ['not said to be verified', { email_verified: undefined }],
    ['missing', { email: undefined }],
    ['no address', { email: 'ann' }],
    ['two addresses', { email: ['ann@example.com', 'eve@example.com'] }],
  ])('is refused when the address is %s, for known and unknown addresses alike', async (_, claims) => {
    const { email } = await auth.people.verified();
    for (const address of [email, newEmail()]) {
      for (const provider of ['acme', 'other']) {
        const back = await new Visitor(auth, provider).goThrough(newAccount({ email: address, ...claims }));
        expect([errorOf(back), back.searchParams.get('code')]).toEqual(['email_not_verified', null]);
      }
    }
    expect(await identitiesOf(email)).toEqual([]);
  });

  it('takes an account that somebody registered beforehand out of their hands', async () => {
    const email = newEmail();
    await auth.people.register(email);
    const verifyToken = await auth.people.mailedToken(email);
    await auth.request('POST', '/password/forgot', { body: { email } });
    expect((await new Visitor(auth).signIn(newAccount({ email }))).status).toBe(200);
    expect(codeOf(await auth.people.login(email))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await auth.request('POST', '/verify-email', { body: { token: verifyToken } })).status).toBe(400);
    expect(await accountOf(email)).toMatchObject({ password_hash: null, email_verified_at: expect.any(Date) });
    const open = await rowOf('select from auth.email_tokens t join auth.accounts a on a.id = t.account_id where a.email = $1 and used_at is null', [email]);
    expect(open).toBeUndefined();
  });

  it('gives an address that the issuer passed on to somebody else no way into the account of before', async () => {
    const account = newAccount();
    await new Visitor(auth).signIn(account);
    const heir = newAccount({ email: account.email });
    expect(errorOf(await new Visitor(auth).goThrough(heir))).toBe('already_linked');
    expect(await identitiesOf(account.email)).toEqual([account.sub]);
  });

  it('is refused to a disabled account, linked or not, also between the callback and the code', async () => {
    const linked = newAccount();
    await new Visitor(auth).signIn(linked);
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(linked);
    const { email } = await auth.people.verified();
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where email = any ($1)`, [[email, linked.email]]);
    expect(codeOf(await visitor.redeem(back.searchParams.get('code')))).toEqual([403, 'ACCOUNT_DISABLED']);
    expect(errorOf(await new Visitor(auth).goThrough(linked))).toBe('account_disabled');
    expect(errorOf(await new Visitor(auth).goThrough(newAccount({ email })))).toBe('account_disabled');
  });

  it('tells the application that the person declined, or that the issuer failed', async () => {
    const visitor = new Visitor(auth);
    const declined = await decline(visitor.browser, await visitor.start({ redirect_uri: otherApp }));
    const back = await visitor.comeBack(declined);
    expect(back.href).toBe(`${otherApp}?error=access_denied`);
    const failed = new Visitor(auth);
    const state = (await failed.start()).searchParams.get('state') ?? '';
    const callback = new URL(`${callbackOf('acme')}?${new URLSearchParams({ error: 'server_error', iss: acme.url, state, error_description: '<script>' }).toString()}`);
    expect((await failed.comeBack(callback)).href).toBe(`${publicUrl}/sign-in?error=provider_error`);
  });

  it('tells the application when the issuer is gone in the middle, and works again once it is back', async () => {
    const account = newAccount();
    const visitor = new Visitor(auth);
    const callback = await authenticate(visitor.browser, await visitor.start(), account);
    acme.isDown = true;
    expect(errorOf(await visitor.comeBack(callback))).toBe('provider_unavailable');
    acme.isDown = false;
    expect((await new Visitor(auth).signIn(account)).status).toBe(200);
  });

  it('is written to the audit log with who and how, and so is a refusal', async () => {
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const account = newAccount();
    await new Visitor(auth).signIn(account);
    await new Visitor(auth).signIn(account);
    await new Visitor(auth).goThrough(newAccount({ email: account.email }));
    const { id } = (await accountOf(account.email)) ?? {};
    const entriesOf = (name: string) =>
      recorded.mock.calls.map(([, record]) => record).filter(({ action, resource }) => action === name && resource?.id === id);
    const actor = { kind: 'user', id, session_id: null };
    expect(entriesOf('user.registered')).toEqual([expect.objectContaining({ actor })]);
    expect(entriesOf('identity.linked')).toEqual([expect.objectContaining({ actor, details: expect.objectContaining({ by: 'registration', provider: 'acme' }) })]);
    expect(entriesOf('identity.used')).toEqual([expect.objectContaining({ actor, details: expect.objectContaining({ provider: 'acme' }) })]);
    expect(entriesOf('session.opened')).toEqual(Array(2).fill(expect.objectContaining({ details: { methods: ['fed'] } })));
    await until('the entry of the refusal', () => Promise.resolve(entriesOf('user.sign_in_failed').length > 0));
    expect(entriesOf('user.sign_in_failed')).toEqual([expect.objectContaining({ outcome: 'failure', details: expect.objectContaining({ reason: 'already_linked at acme' }) })]);
    expect(JSON.stringify(recorded.mock.calls.map(([, record]) => record))).not.toContain(account.email);
  });
});

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
    for (const iss of [other.url, 'https://evil.example', undefined]) {
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

describe('the code for the application', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  it('works once, in the browser that came for it', async () => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount());
    expect([...back.searchParams.keys()]).toEqual(['code']);
    const code = back.searchParams.get('code');
    expect((await visitor.redeem(code)).status).toBe(200);
    expect(codeOf(await visitor.redeem(code))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it.each(['no cookie', "another browser's cookie"])('does not work with %s', async (which) => {
    const visitor = new Visitor(auth);
    const stranger = new Visitor(auth);
    await stranger.start();
    const back = await visitor.goThrough(newAccount());
    const code = back.searchParams.get('code');
    const thief = new Visitor(auth);
    expect(codeOf(await thief.redeem(code, {}, which === 'no cookie' ? undefined : stranger.cookie))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('works in an application of another origin with the verifier of its challenge alone', async () => {
    const visitor = new Visitor(auth);
    const query = { redirect_uri: otherApp, code_challenge: challenge };
    const back = await visitor.goThrough(newAccount(), query);
    expect(back.href).toMatch(/^https:\/\/app\.example\.com\/back\?code=[\w-]{43}$/);
    const application = new Visitor(auth);
    expect((await application.redeem(back.searchParams.get('code'), { code_verifier: verifier })).status).toBe(200);
  });

  it.each([{}, { code_verifier: randomBytes(32).toString('base64url') }])('with a challenge does not work without its verifier, not even with the cookie: %j', async (more) => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount(), { code_challenge: challenge });
    const code = back.searchParams.get('code');
    expect(codeOf(await visitor.redeem(code, more))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(codeOf(await visitor.redeem(code, { code_verifier: verifier }))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('is too late after a minute', async () => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount());
    const row = await rowOf<{ seconds: number }>('select extract(epoch from expires_at - created_at)::int as seconds from auth.oauth_codes order by created_at desc limit 1', []);
    expect(row?.seconds).toBe(60);
    await auth.engines.superuser.query(`update auth.oauth_codes set created_at = created_at - interval '2 minutes', expires_at = now() - interval '1 second'`);
    expect(codeOf(await visitor.redeem(back.searchParams.get('code')))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('dies with the identity that it stands for', async () => {
    const account = newAccount();
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(account);
    await auth.engines.superuser.query('delete from auth.identities where subject = $1', [account.sub]);
    expect(codeOf(await visitor.redeem(back.searchParams.get('code')))).toEqual([401, 'INVALID_CREDENTIALS']);
  });
});

describe('an account without a password', () => {
  it('is not entered by any password, and looks like any other to who tries', async () => {
    const account = newAccount();
    await new Visitor(auth).signIn(account);
    const [refused, unknown] = await Promise.all([auth.people.login(account.email), auth.people.login(newEmail())]);
    const seen = ({ status, json }: Answer) => ({ status, ...(json['error'] as object), request_id: '' });
    expect(codeOf(refused)).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(seen(refused)).toEqual(seen(unknown));
  });

  it('changes none, and gets its first one by mail', async () => {
    const account = newAccount();
    const { access } = tokensOf(await new Visitor(auth).signIn(account));
    const chosen = 'a sentence nobody has used before';
    const body = { current_password: password, password: chosen, password_confirm: chosen };
    expect(codeOf(await auth.request('POST', '/password/change', { token: access, body }))).toEqual([401, 'INVALID_CREDENTIALS']);
    await auth.request('POST', '/password/forgot', { body: { email: account.email } });
    const { token } = await auth.queues.hear(passwordResetRequested, ({ email }) => email === account.email);
    expect((await auth.request('POST', '/password/reset', { body: { token, password: chosen, password_confirm: chosen } })).status).toBe(204);
    expect((await auth.people.login(account.email, { password: chosen })).status).toBe(200);
  });
});
