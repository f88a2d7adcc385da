import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { accountErased, identityLinked, identityUnlinked, passwordResetRequested } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { authenticate, IdentityIssuer, type IssuerAccount, until } from '@atrium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RetentionJob } from '../src/retention/retention.job.js';
import { type Answer, publicUrl } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { PasskeyPeople } from './passkey-people.js';
import { newEmail, tokensOf } from './people.js';
import { callbackOf, configureIssuers, locationOf, setCookieOf, Visitor } from './visitor.js';

let auth: AuthBench;
let acme: IdentityIssuer;

beforeAll(async () => {
  [auth, acme] = await Promise.all([AuthBench.start(), IdentityIssuer.start({ redirectUris: [callbackOf('acme')] })]);
  await configureIssuers(auth, [acme.settings('acme', 'Acme')]);
});
afterAll(async () => {
  await auth?.stop();
  await acme?.stop();
});
afterEach(() => vi.restoreAllMocks());

const newAccount = (email = newEmail()): IssuerAccount & { email: string } => ({ sub: randomUUID(), email, email_verified: true });
const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const signedIn = async () => {
  const person = await auth.people.verified();
  return { ...person, token: tokensOf(await auth.people.login(person.email)).access };
};
type Entry = Record<'id' | 'provider' | 'issuer' | 'email', string>;
const identitiesOf = async (token: string) => (await auth.request('GET', '/identities', { token })).json['data'] as Entry[];
const beginLink = (token: string, body?: object, provider = 'acme') =>
  auth.request('POST', `/oauth/${provider}/link`, { token, ...(body && { body }) });
const stale = (email: string) =>
  auth.engines.superuser.query(
    `update auth.sessions set authenticated_at = now() - interval '11 minutes' where account_id = (select id from auth.accounts where email = $1)`,
    [email],
  );

/** Goes where the link leads, signs in at the issuer and comes back. @returns the code for the application */
async function comeBackFrom(link: Answer, account: IssuerAccount): Promise<{ code: string; cookie: string }> {
  const { pathname, search } = new URL(String(link.json['authorization_url']));
  const start = await auth.request('GET', pathname.replace('/api/v1/auth', '') + search);
  const visitor = new Visitor(auth);
  visitor.cookie = setCookieOf(start).split(';')[0];
  const back = await visitor.comeBack(await authenticate(visitor.browser, locationOf(start), account));
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${back.href}`);
  return { code, cookie: visitor.cookie ?? '' };
}
const add = (token: string, { code, cookie }: { code: string; cookie?: string }, more = {}) =>
  auth.request('POST', '/identities', { token, body: { code, ...more }, headers: cookie === undefined ? {} : { cookie } });
const link = async (token: string, account: IssuerAccount) => add(token, await comeBackFrom(await beginLink(token), account));

describe('adding an identity', () => {
  it('leads to the issuer and back, and opens the account from then on; the person is told', async () => {
    const ann = await signedIn();
    const account = newAccount();
    const begun = await beginLink(ann.token);
    expect([begun.status, begun.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(begun.json).toEqual({ authorization_url: expect.stringMatching(new RegExp(`^${publicUrl}/api/v1/auth/oauth/acme/start\\?ticket=[\\w-]{43}$`)) });
    const added = await add(ann.token, await comeBackFrom(begun, account));
    expect(added.status).toBe(201);
    expect(added.json).toMatchObject({ provider: 'acme', issuer: acme.url, email: account.email });
    expect(Object.keys(added.json).sort()).toEqual(['email', 'id', 'issuer', 'last_used_at', 'linked_at', 'provider']);
    expect(await identitiesOf(ann.token)).toEqual([added.json]);
    expect((await new Visitor(auth).signIn(account)).json['user']).toMatchObject({ id: ann.id, email: ann.email });
    const notice = await auth.queues.hear(identityLinked, ({ user_id }) => user_id === ann.id);
    expect(notice).toMatchObject({ email: ann.email, provider_name: 'Acme', password_removed: false });
  });

  it('needs no verified address at the issuer, since the person has proven both', async () => {
    const ann = await signedIn();
    expect((await link(ann.token, { sub: randomUUID(), email_verified: false })).status).toBe(201);
    expect(await identitiesOf(ann.token)).toEqual([expect.objectContaining({ email: null })]);
  });

  it('works for an application of another origin, by its verifier', async () => {
    const ann = await signedIn();
    const verifier = randomBytes(32).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const back = await comeBackFrom(await beginLink(ann.token, { code_challenge, redirect_uri: `${publicUrl}/sign-in` }), newAccount());
    expect((await add(ann.token, { code: back.code }, { code_verifier: verifier })).status).toBe(201);
  });

  it('asks for a recent proof', async () => {
    const ann = await signedIn();
    await stale(ann.email);
    expect(codeOf(await beginLink(ann.token))).toEqual([403, 'REAUTHENTICATION_REQUIRED']);
  });

  it.each([[{ redirect_uri: 'https://evil.example' }, 400], [{ code_challenge: 'x' }, 400], [{ account_id: randomUUID() }, 400]])('is refused with %j', async (body, status) => {
    const ann = await signedIn();
    expect((await beginLink(ann.token, body)).status).toBe(status);
  });

  it('is refused for an unknown issuer, and to who is not signed in', async () => {
    const ann = await signedIn();
    expect(codeOf(await beginLink(ann.token, {}, 'nobody'))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await auth.request('POST', '/oauth/acme/link', {}))).toEqual([401, 'UNAUTHENTICATED']);
    expect(codeOf(await auth.request('POST', '/identities', { body: { code: 'x'.repeat(43) } }))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('starts once with its ticket, and only at its issuer', async () => {
    const ann = await signedIn();
    const { search } = new URL(String((await beginLink(ann.token)).json['authorization_url']));
    const answers = await Promise.all([1, 2, 3].map(() => auth.request('GET', `/oauth/acme/start${search}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400, 400]);
  });

  it('is a conflict for an identity that opens an account already, whose it stays', async () => {
    const [ann, eve] = await Promise.all([signedIn(), signedIn()]);
    const account = newAccount();
    await link(ann.token, account);
    for (const { token } of [eve, ann]) expect(codeOf(await link(token, account))).toEqual([409, 'CONFLICT']);
    expect(await identitiesOf(eve.token)).toEqual([]);
    expect((await new Visitor(auth).signIn(account)).json['user']).toMatchObject({ id: ann.id });
  });

  it("links nothing in another person's session, or another session of the same person", async () => {
    const [ann, eve] = await Promise.all([signedIn(), signedIn()]);
    const elsewhere = tokensOf(await auth.people.login(eve.email)).access;
    // Eve has Ann's browser go to the issuer, where Ann is signed in, and come back.
    for (const token of [ann.token, elsewhere]) {
      const back = await comeBackFrom(await beginLink(eve.token), newAccount());
      expect(codeOf(await add(token, back))).toEqual([400, 'VALIDATION_ERROR']);
      // The code is used up by that.
      expect(codeOf(await add(eve.token, back))).toEqual([400, 'VALIDATION_ERROR']);
    }
    expect([await identitiesOf(ann.token), await identitiesOf(eve.token)]).toEqual([[], []]);
  });

  it('and signing in do not take each other\'s codes', async () => {
    const ann = await signedIn();
    const back = await comeBackFrom(await beginLink(ann.token), newAccount());
    expect(codeOf(await new Visitor(auth).redeem(back.code, {}, back.cookie))).toEqual([401, 'INVALID_CREDENTIALS']);
    const visitor = new Visitor(auth);
    const signIn = await visitor.goThrough(newAccount());
    const code = signIn.searchParams.get('code') ?? '';
    expect(codeOf(await add(ann.token, { code, ...(visitor.cookie !== undefined && { cookie: visitor.cookie }) }))).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('happens once per idempotency key', async () => {
    const ann = await signedIn();
    const { code, cookie } = await comeBackFrom(await beginLink(ann.token), newAccount());
    const request = { token: ann.token, body: { code }, headers: { cookie, 'idempotency-key': randomUUID() } };
    const [first, second] = [await auth.request('POST', '/identities', request), await auth.request('POST', '/identities', request)];
    expect([first.status, second.status, second.json['id']]).toEqual([201, 201, first.json['id']]);
  });
});

describe('taking an identity off', () => {
  it('closes that way in, and is written to the audit log', async () => {
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const ann = await signedIn();
    const account = newAccount();
    const id = (await link(ann.token, account)).json['id'] as string;
    expect((await auth.request('DELETE', `/identities/${id}`, { token: ann.token })).status).toBe(204);
    expect(await identitiesOf(ann.token)).toEqual([]);
    const notice = await auth.queues.hear(identityUnlinked, ({ user_id }) => user_id === ann.id);
    expect(notice).toMatchObject({ email: ann.email, provider_name: 'Acme' });
    const stranger = await new Visitor(auth).signIn(account);
    expect(stranger.json['user']).not.toMatchObject({ id: ann.id });
    const actions = recorded.mock.calls.map(([, { action, details }]) => [action, details?.['identity_id']]);
    expect(actions).toEqual(expect.arrayContaining([['identity.linked', id], ['identity.unlinked', id]]));
  });

  it('holds, though the address is the same and verified, until the person adds it again', async () => {
    const ann = await signedIn();
    const account = newAccount(ann.email);
    expect((await new Visitor(auth).signIn(account)).json['user']).toMatchObject({ id: ann.id });
    const [identity] = await identitiesOf(ann.token);
    await auth.request('DELETE', `/identities/${identity?.id ?? ''}`, { token: ann.token });
    for (const _ of [1, 2]) {
      expect((await new Visitor(auth).goThrough(account)).searchParams.get('error')).toBe('identity_removed');
    }
    expect((await link(ann.token, account)).status).toBe(201);
    expect((await new Visitor(auth).signIn(account)).json['user']).toMatchObject({ id: ann.id });
  });

  it('asks for a recent proof', async () => {
    const ann = await signedIn();
    const { id } = (await link(ann.token, newAccount())).json;
    await stale(ann.email);
    expect(codeOf(await auth.request('DELETE', `/identities/${String(id)}`, { token: ann.token }))).toEqual([403, 'REAUTHENTICATION_REQUIRED']);
  });

  it('asks who has no password for what they have', async () => {
    const account = newAccount();
    const visitor = new Visitor(auth);
    const { access: token } = tokensOf(await visitor.signIn(account));
    const [only] = await identitiesOf(token);
    await stale(account.email ?? '');
    const { json } = await auth.request('DELETE', `/identities/${only?.id ?? ''}`, { token });
    expect(json['error']).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', details: [{ field: 'identity' }] });
    const { access: fresh } = tokensOf(await visitor.signIn(account));
    expect((await beginLink(fresh)).status).toBe(200);
  });

  it("is a 404 for another person's, and for none", async () => {
    const [ann, eve] = await Promise.all([signedIn(), signedIn()]);
    const { id } = (await link(ann.token, newAccount())).json;
    for (const other of [String(id), randomUUID()]) {
      expect(codeOf(await auth.request('DELETE', `/identities/${other}`, { token: eve.token }))).toEqual([404, 'NOT_FOUND']);
    }
    expect(await identitiesOf(ann.token)).toHaveLength(1);
  });

  it('is refused for the only way in, until there is another', async () => {
    const account = newAccount();
    const { access: token } = tokensOf(await new Visitor(auth).signIn(account));
    const [only] = await identitiesOf(token);
    const remove = (id = only?.id) => auth.request('DELETE', `/identities/${id ?? ''}`, { token });
    expect(codeOf(await remove())).toEqual([409, 'CONFLICT']);
    const second = (await link(token, newAccount())).json['id'] as string;
    // Both at once: one stays.
    const answers = await Promise.all([remove(), remove(second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(await identitiesOf(token)).toHaveLength(1);
  });

  it('is possible with a passkey, which then is the only way in itself', async () => {
    const { access: token } = tokensOf(await new Visitor(auth).signIn(newAccount()));
    const [only] = await identitiesOf(token);
    const people = new PasskeyPeople(auth);
    const passkeyId = String((await people.add(token)).json['id']);
    expect((await auth.request('DELETE', `/identities/${only?.id ?? ''}`, { token })).status).toBe(204);
    expect(codeOf(await people.remove(token, passkeyId))).toEqual([409, 'CONFLICT']);
    expect((await people.list(token)).json['data']).toHaveLength(1);
  });

  it('is possible once there is a password', async () => {
    const account = newAccount();
    await new Visitor(auth).signIn(account);
    await auth.request('POST', '/password/forgot', { body: { email: account.email } });
    const { token: mailed } = await auth.queues.hear(passwordResetRequested, ({ email }) => email === account.email);
    const chosen = 'a sentence nobody has used before';
    await auth.request('POST', '/password/reset', { body: { token: mailed, password: chosen, password_confirm: chosen } });
    const { access: token } = tokensOf(await auth.people.login(account.email, { password: chosen }));
    const [only] = await identitiesOf(token);
    expect((await auth.request('DELETE', `/identities/${only?.id ?? ''}`, { token })).status).toBe(204);
  });
});

it('an identity is in the export of the account that it opens, and gone with it', async () => {
  const account = newAccount();
  const { access: token } = tokensOf(await new Visitor(auth).signIn(account));
  const { json } = await auth.request('GET', '/me/export', { token });
  expect(json['identities']).toEqual([expect.objectContaining({ provider: 'acme', subject: account.sub, email: account.email })]);
  const { id } = json['account'] as { id: string };
  await auth.queues.publish(accountErased, { user_id: id }, null);
  await until('the end of the identity', async () =>
    (await auth.engines.superuser.query('select 1 from auth.identities where subject = $1', [account.sub])).rowCount === 0,
  );
  // The address is free again, for a new account.
  expect((await new Visitor(auth).signIn(account)).json['user']).not.toMatchObject({ id });
});

describe('what is left of sign-ins', () => {
  it('is forgotten once it is over, and not before', async () => {
    const late = new Visitor(auth);
    await late.start();
    await late.goThrough(newAccount());
    await late.start();
    await auth.engines.superuser.query(`update auth.oauth_flows set created_at = now() - interval '1 hour', expires_at = now() - interval '1 second'`);
    await auth.engines.superuser.query(`update auth.oauth_codes set created_at = now() - interval '1 hour', expires_at = now() - interval '1 second'`);
    const current = new Visitor(auth);
    await current.start();
    await auth.app.get(RetentionJob).run();
    const { rows } = await auth.engines.superuser.query<{ flows: number; codes: number }>(
      'select (select count(*)::int from auth.oauth_flows) as flows, (select count(*)::int from auth.oauth_codes) as codes',
    );
    expect(rows).toEqual([{ flows: 1, codes: 0 }]);
  });
});
