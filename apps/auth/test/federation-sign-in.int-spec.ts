import { passwordResetRequested, userEmailVerified, userRegistered } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { authenticate, decline, type IdentityIssuer, until } from '@atrium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FederatedAccounts } from '../src/identities/federated-accounts.js';
import { type Answer, publicUrl } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { codeOf as secondFactorCode, Factors } from './factors.js';
import { codeOf, errorOf, Federation, newAccount, otherApp } from './federation.js';
import { newEmail, password, tokensOf } from './people.js';
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

describe('signing in with an issuer', () => {
  it('registers whom nobody knows, with a verified address and without a password', async () => {
    const account = newAccount();
    const answer = await new Visitor(auth).signIn({ ...account, email: account.email.toUpperCase() });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', user: { email: account.email } });
    expect(answer.headers['cache-control']).toBe('no-store');
    const row = await federation.accountOf(account.email);
    expect(row).toMatchObject({ password_hash: null, email_verified_at: expect.any(Date) });
    const registered = await auth.queues.hear(userRegistered, ({ email }) => email === account.email);
    expect(registered).toMatchObject({ user_id: row?.id, organization_name: `${account.email.split('@')[0]}'s organization` });
    await auth.queues.hear(userEmailVerified, ({ user_id }) => user_id === row?.id);
    const session = await federation.rowOf<{ methods: string[] }>('select methods from auth.sessions where account_id = $1', [row?.id]);
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
    expect(await federation.identitiesOf(email)).toEqual([account.sub]);
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
    const session = await federation.rowOf<{ methods: string[] }>('select methods from auth.sessions where account_id = $1 order by created_at desc limit 1', [ann.id]);
    expect(session?.methods).toEqual(['fed', 'otp']);
  });

  it('links nobody twice when they come from two browsers at once', async () => {
    const account = newAccount();
    const visitors = [new Visitor(auth), new Visitor(auth), new Visitor(auth)];
    const callbacks = await Promise.all(visitors.map(async (one) => authenticate(one.browser, await one.start(), account)));
    const backs = await Promise.all(visitors.map((one, index) => one.comeBack(callbacks[index]!)));
    expect(backs.map(errorOf)).toEqual([null, null, null]);
    expect(await federation.identitiesOf(account.email)).toEqual([account.sub]);
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
    expect(await federation.identitiesOf(email)).toEqual([]);
  });

  it('takes an account that somebody registered beforehand out of their hands', async () => {
    const email = newEmail();
    await auth.people.register(email);
    const verifyToken = await auth.people.mailedToken(email);
    await auth.request('POST', '/password/forgot', { body: { email } });
    expect((await new Visitor(auth).signIn(newAccount({ email }))).status).toBe(200);
    expect(codeOf(await auth.people.login(email))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await auth.request('POST', '/verify-email', { body: { token: verifyToken } })).status).toBe(400);
    expect(await federation.accountOf(email)).toMatchObject({ password_hash: null, email_verified_at: expect.any(Date) });
    const open = await federation.rowOf('select from auth.email_tokens t join auth.accounts a on a.id = t.account_id where a.email = $1 and used_at is null', [email]);
    expect(open).toBeUndefined();
  });

  it('gives an address that the issuer passed on to somebody else no way into the account of before', async () => {
    const account = newAccount();
    await new Visitor(auth).signIn(account);
    const heir = newAccount({ email: account.email });
    expect(errorOf(await new Visitor(auth).goThrough(heir))).toBe('already_linked');
    expect(await federation.identitiesOf(account.email)).toEqual([account.sub]);
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

  it('is refused when the identity is taken off in the middle', async () => {
    const account = newAccount();
    const accounts = auth.app.get(FederatedAccounts);
    const enter = accounts.enter.bind(accounts);
    vi.spyOn(accounts, 'enter').mockImplementation(async (...way) => {
      const id = await enter(...way);
      await auth.engines.superuser.query('delete from auth.identities where id = $1', [id]);
      return id;
    });
    expect(errorOf(await new Visitor(auth).goThrough(account))).toBe('invalid_flow');
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
    const { id } = (await federation.accountOf(account.email)) ?? {};
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
