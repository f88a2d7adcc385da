import { randomBytes, randomUUID } from 'node:crypto';
import { passwordResetRequested } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { type Deviation, SoftwareAuthenticator } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountAudit } from '../src/audit/account-audit.js';
import { RetentionJob } from '../src/retention/retention.job.js';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { backupEligible, origin, PasskeyPeople, userPresent, userVerified, verdictOf } from './passkey-people.js';
import { tokensOf } from './people.js';

let auth: AuthBench;
let people: PasskeyPeople;
const refusal = '401 INVALID_CREDENTIALS';

beforeAll(async () => {
  auth = await AuthBench.start();
  people = new PasskeyPeople(auth);
});
afterAll(() => auth?.stop());

const newestMethods = async (accountId: string): Promise<string[] | undefined> => {
  const { rows } = await auth.engines.superuser.query<{ methods: string[] }>(
    `select methods from auth.sessions where account_id = $1 order by created_at desc limit 1`,
    [accountId],
  );
  return rows[0]?.methods;
};
/** What a caller sees, without what differs in every answer. */
const seen = ({ status, json, headers }: Answer) => ({
  status,
  body: { ...(json['error'] as object), request_id: '' },
  headers: Object.keys(headers).sort(),
});

const deviations: [string, Deviation, string][] = [
  ["another site's origin", { origin: 'https://evil.example' }, 'response origin'],
  ["another site's id", { rpId: 'evil.example' }, 'RP ID'],
  ['a made-up challenge', { challenge: randomBytes(32).toString('base64url') }, 'unknown challenge'],
  ['the wrong ceremony', { type: 'webauthn.create' }, 'response type'],
  ['the frame of another site', { crossOrigin: true }, 'frame'],
  ['no verification of the person', { flags: userPresent }, 'could not be verified'],
  ['nobody present', { flags: userVerified }, 'not present'],
  ['a key that may be copied now', { flags: userPresent | userVerified | backupEligible }, 'copied'],
  ['no user handle', { userHandle: null }, 'another person'],
  ['a made-up user handle', { userHandle: randomBytes(64).toString('base64url') }, 'another person'],
  ['an unknown credential', { credentialId: randomBytes(32) }, 'unknown passkey'],
];

describe('signing in with a passkey', () => {
  it('needs no name, answers tokens and counts as a hardware key', async () => {
    const { id, email, authenticator, access } = await people.withPasskey();
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'messages');
    const answer = await people.login(authenticator);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', user: { id, email, roles: ['org_admin'] } });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await newestMethods(id)).toEqual(['hwk']);
    expect((await auth.request('GET', '/me', { token: tokensOf(answer).access })).json).toMatchObject({ id });
    const entries = recorded.mock.calls.map(([entry, { orgId }]) => ({ ...entry, orgId }));
    const orgId = decodeJwt(tokensOf(answer).access)['org_id'];
    expect(entries).toContainEqual(expect.objectContaining({ action: 'passkey.used', actor: { kind: 'user', id, session_id: null }, orgId }));
    expect(entries).toContainEqual(expect.objectContaining({ action: 'session.opened', orgId }));
    recorded.mockRestore();
    const [passkey] = (await people.list(access)).json['data'] as { last_used_at: string | null }[];
    expect(passkey?.last_used_at).not.toBeNull();
  });

  it('opens the organization that was asked for', async () => {
    const { id, authenticator } = await people.withPasskey();
    const orgId = await auth.people.join(id, 'viewer');
    expect((await people.login(authenticator, {}, { org_id: orgId })).json).toMatchObject({ user: { roles: ['viewer'] } });
  });

  it('gives everyone the same options but for the challenge', async () => {
    const [first, second] = [await people.loginOptions(), await people.loginOptions()];
    expect(first).toEqual({ rpId: 'atrium.test', challenge: first.challenge, timeout: 300_000, allowCredentials: [], userVerification: 'required' });
    expect({ ...second, challenge: '' }).toEqual({ ...first, challenge: '' });
    expect(Buffer.from(first.challenge, 'base64url')).toHaveLength(32);
    expect(second.challenge).not.toBe(first.challenge);
  });

  it.each(deviations)('refuses %s', async (_, deviation, reason) => {
    const { authenticator } = await people.withPasskey();
    expect(verdictOf(await people.login(authenticator, deviation))).toBe(refusal);
    expect(people.lastReason()).toContain(reason);
    expect((await people.login(authenticator)).status).toBe(200);
  });

  it('refuses all of these alike', async () => {
    const { authenticator } = await people.withPasskey();
    const answers: Answer[] = [];
    for (const [, deviation] of deviations) answers.push(await people.login(authenticator, deviation));
    expect(answers.map(seen)).toEqual(deviations.map(() => seen(answers[0] as Answer)));
  });

  it("refuses a stranger's signature under a person's credential, whatever count it claims", async () => {
    const ann = await people.withPasskey();
    const eve = await people.withPasskey();
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'record');
    await people.login(ann.authenticator);
    const { user } = await people.creationOptions(ann.access);
    for (const signCount of [0, 1_000]) {
      const forged = { credentialId: ann.authenticator.credentialId, userHandle: user.id, signCount };
      expect(verdictOf(await people.login(eve.authenticator, forged))).toBe(refusal);
    }
    const actions = recorded.mock.calls.map(([, entry]) => entry.action);
    expect(actions.filter((action) => action === 'passkey.refused')).toHaveLength(2);
    expect(actions).not.toContain('passkey.clone_suspected');
    recorded.mockRestore();
    expect((await people.login(ann.authenticator)).json).toMatchObject({ user: { id: ann.id } });
  });

  it("refuses one person's passkey under another's handle", async () => {
    const ann = await people.withPasskey();
    const eve = await people.withPasskey();
    const { user } = await people.creationOptions(ann.access);
    expect(verdictOf(await people.login(eve.authenticator, { userHandle: user.id }))).toBe(refusal);
  });

  it('takes a challenge once: a replay is refused, and of ten at the same time one wins', async () => {
    const { authenticator } = await people.withPasskey();
    const options = await people.loginOptions();
    const responses = Array.from({ length: 10 }, () => authenticator.get(options));
    const send = (response: unknown) => people.post('/login/verify', { body: { response } });
    const answers = await Promise.all(responses.map(send));
    expect(answers.map(verdictOf).sort()).toEqual(['200', ...Array(9).fill(refusal)]);
    expect(verdictOf(await send(responses[9]))).toBe(refusal);
  });

  it('uses the challenge up by a refusal', async () => {
    const { authenticator } = await people.withPasskey();
    const options = await people.loginOptions();
    const send = (response: unknown) => people.post('/login/verify', { body: { response } });
    expect(verdictOf(await send(authenticator.get(options, { origin: 'https://evil.example' })))).toBe(refusal);
    expect(verdictOf(await send(authenticator.get(options)))).toBe(refusal);
  });

  it('refuses an expired challenge and those of other ceremonies', async () => {
    const { authenticator, access } = await people.withPasskey();
    const send = (challenge: string) =>
      people.loginOptions().then((options) => people.post('/login/verify', { body: { response: authenticator.get({ ...options, challenge }) } }));
    expect(verdictOf(await send((await people.creationOptions(access)).challenge))).toBe(refusal);
    expect(verdictOf(await send((await people.reauthenticationOptions(access)).challenge))).toBe(refusal);
    const { challenge } = await people.loginOptions();
    await auth.engines.superuser.query(
      `update auth.passkey_challenges set created_at = now() - interval '6 minutes', expires_at = now() - interval '1 minute'`,
    );
    expect(verdictOf(await send(challenge))).toBe(refusal);
  });

  it('refuses a count that went back, says so in the audit log, and goes on with the one that counts further', async () => {
    const { authenticator, passkeyId, id } = await people.withPasskey();
    for (let use = 0; use < 3; use += 1) await people.login(authenticator);
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'record');
    for (const signCount of [3, 1, 0]) expect(verdictOf(await people.login(authenticator, { signCount }))).toBe(refusal);
    const suspected = recorded.mock.calls.map(([, entry]) => entry).filter(({ action }) => action === 'passkey.clone_suspected');
    expect(suspected).toHaveLength(3);
    expect(suspected[0]).toMatchObject({ outcome: 'denied', resource: { type: 'passkey', id: passkeyId }, details: { account_id: id, stored: 3, presented: 3 } });
    recorded.mockRestore();
    expect((await people.login(authenticator)).status).toBe(200);
  });

  it('of two copies of one answer to two challenges with one count lets one in', async () => {
    const { authenticator } = await people.withPasskey();
    const answers = await Promise.all(Array.from({ length: 4 }, () => people.login(authenticator, { signCount: 7 })));
    expect(answers.map(verdictOf).sort()).toEqual(['200', ...Array(3).fill(refusal)]);
  });

  it('lets passkeys that never count in again and again', async () => {
    const { authenticator } = await people.withPasskey(new SoftwareAuthenticator(origin, userPresent | userVerified | backupEligible, false));
    for (let use = 0; use < 3; use += 1) expect((await people.login(authenticator)).status).toBe(200);
  });

  it('tells of an unverified or disabled account as a right password does', async () => {
    const failed = vi.spyOn(auth.app.get(AccountAudit), 'failed');
    const { id, authenticator } = await people.withPasskey();
    await auth.engines.superuser.query(`update auth.accounts set email_verified_at = null where id = $1`, [id]);
    expect(verdictOf(await people.login(authenticator))).toBe('403 EMAIL_NOT_VERIFIED');
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [id]);
    expect(verdictOf(await people.login(authenticator))).toBe('403 ACCOUNT_DISABLED');
    expect(failed.mock.calls.map(([account, , reason]) => [account?.id, reason])).toEqual([[id, 'e-mail not verified'], [id, 'account disabled']]);
    failed.mockRestore();
    expect(verdictOf(await people.login(authenticator, { signCount: 0 }))).toBe(refusal);
  });

  it('outlives a new password', async () => {
    const { id, email, authenticator } = await people.withPasskey();
    await auth.request('POST', '/password/forgot', { body: { email } });
    const { token } = await auth.queues.hear(passwordResetRequested, (data) => data.email === email);
    const fresh = 'a sentence nobody has used before';
    await auth.request('POST', '/password/reset', { body: { token, password: fresh, password_confirm: fresh } });
    expect((await people.login(authenticator)).json).toMatchObject({ user: { id } });
  });

  it.each([
    ['no response', {}, 'response'],
    ['a smuggled account', { user_id: randomUUID() }, 'user_id'],
    ['an id that is no base64url', { response: { id: '../..' } }, 'response.id'],
  ])('refuses %s by its field', async (_, body, field) => {
    const { status, json } = await people.post('/login/verify', { body });
    expect(status).toBe(400);
    expect((json['error'] as { details: { field: string }[] }).details.map((detail) => detail.field)).toContain(field);
  });
});

describe('proving again who one is with a passkey', () => {
  it('makes the session fresh, by the own passkeys', async () => {
    const { id, access, passkeyId, authenticator } = await people.withPasskey();
    await people.growStale(id);
    expect(verdictOf(await people.remove(access, passkeyId))).toBe('403 REAUTHENTICATION_REQUIRED');
    const { allowCredentials } = await people.reauthenticationOptions(access);
    expect(allowCredentials.map((allowed) => allowed.id)).toEqual([authenticator.credentialId.toString('base64url')]);
    // The person is known: an authenticator needn't name them.
    expect((await people.reauthenticate(access, authenticator, { userHandle: null })).status).toBe(204);
    expect(await newestMethods(id)).toEqual(['hwk']);
    expect((await people.remove(access, passkeyId)).status).toBe(204);
  });

  it("refuses another person's passkey, another session's challenge and every deviation", async () => {
    const ann = await people.withPasskey();
    const eve = await people.withPasskey();
    await people.growStale(ann.id);
    expect(verdictOf(await people.reauthenticate(ann.access, eve.authenticator))).toBe(refusal);
    const other = tokensOf(await auth.people.login(ann.email));
    const response = ann.authenticator.get(await people.reauthenticationOptions(other.access));
    expect(verdictOf(await people.post('/reauthenticate/verify', { token: ann.access, body: { response } }))).toBe(refusal);
    for (const [what, deviation] of deviations) {
      if (deviation.userHandle !== null) expect(verdictOf(await people.reauthenticate(ann.access, ann.authenticator, deviation)), what).toBe(refusal);
    }
    expect(verdictOf(await people.post('/registration/options', { token: ann.access }))).toBe('403 REAUTHENTICATION_REQUIRED');
  });
});

it('challenges that are over are forgotten, others kept', async () => {
  await auth.engines.superuser.query('delete from auth.passkey_challenges');
  await people.loginOptions();
  await auth.engines.superuser.query(
    `update auth.passkey_challenges set created_at = now() - interval '6 minutes', expires_at = now() - interval '1 minute'`,
  );
  await people.loginOptions();
  await auth.app.get(RetentionJob).run();
  const { rows } = await auth.engines.superuser.query('select 1 from auth.passkey_challenges');
  expect(rows).toHaveLength(1);
});

it('no log line holds a challenge, a signature, an address or a handle', async () => {
  const { email, authenticator, access } = await people.withPasskey();
  const options = await people.loginOptions();
  const response = authenticator.get(options, { origin: 'https://evil.example' });
  await people.post('/login/verify', { body: { response } });
  const { user } = await people.creationOptions(access);
  for (const secret of [email, options.challenge, response.response.signature, user.id]) expect(auth.logs.join('')).not.toContain(secret);
});
