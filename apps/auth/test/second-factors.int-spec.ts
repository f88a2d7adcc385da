import { secondFactorChanged } from '@atrium/contracts/domain-events';
import { SoftwareAuthenticator } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { codeOf, Factors, recoveryCodesOf, wrongCodeOf } from './factors.js';
import { origin, PasskeyPeople } from './passkey-people.js';
import { password, tokensOf } from './people.js';

let auth: AuthBench;
let factors: Factors;

beforeAll(async () => {
  auth = await AuthBench.start();
  factors = new Factors(auth);
});
afterAll(() => auth?.stop());
afterEach(() => vi.useRealTimers());

const verdict = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const waysOf = ({ json }: Answer) => (json['error'] as { details: { field: string }[] }).details.map(({ field }) => field);
const refused = [401, 'INVALID_CREDENTIALS'];
const query = <T extends object>(sql: string, ...values: unknown[]) => auth.engines.superuser.query<T>(sql, values);

describe('an authenticator app', () => {
  it('counts from its first code on, and the person is told', async () => {
    const person = await factors.signedIn();
    expect((await factors.status(person.access)).json).toEqual({ totp: null, recovery_codes_left: 0, passkeys: 0 });
    const { secret, otpauth_url } = await factors.enroll(person.access);
    expect(new URL(otpauth_url).searchParams.get('secret')).toBe(secret);
    expect((await auth.people.login(person.email)).json).toHaveProperty('access_token');
    const confirmed = await factors.confirm(person.access, codeOf(secret));
    expect(recoveryCodesOf(confirmed)).toHaveLength(10);
    expect(confirmed.headers['cache-control']).toBe('no-store');
    expect((await factors.status(person.access)).json).toEqual({ totp: { enabled_at: expect.any(String) }, recovery_codes_left: 10, passkeys: 0 });
    expect((await auth.people.login(person.email)).json).not.toHaveProperty('access_token');
    expect(await auth.queues.hear(secondFactorChanged, (data) => data.user_id === person.id)).toMatchObject({
      email: person.email,
      change: 'totp_added',
    });
  });

  it('is not confirmed by a wrong code, by one of an earlier enrolment, too late, or twice', async () => {
    const { id, access } = await factors.signedIn();
    const first = await factors.enroll(access);
    const { secret } = await factors.enroll(access);
    expect(verdict(await factors.confirm(access, wrongCodeOf(secret)))).toEqual(refused);
    expect(verdict(await factors.confirm(access, codeOf(first.secret)))).toEqual(refused);
    await query(`update auth.totp_factors set created_at = created_at - interval '15 minutes' where account_id = $1`, id);
    expect(verdict(await factors.confirm(access, codeOf(secret)))).toEqual([409, 'CONFLICT']);
    const again = await factors.enroll(access);
    expect((await factors.confirm(access, codeOf(again.secret))).status).toBe(200);
    expect(verdict(await factors.confirm(access, codeOf(again.secret, 1)))).toEqual([409, 'CONFLICT']);
    expect(verdict(await auth.request('POST', '/mfa/totp/enroll', { token: access }))).toEqual([409, 'CONFLICT']);
  });

  it('is confirmed once of five at the same time', async () => {
    const { access } = await factors.signedIn();
    const { secret } = await factors.enroll(access);
    const answers = await Promise.all(Array.from({ length: 5 }, () => factors.confirm(access, codeOf(secret))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect((await factors.status(access)).json).toMatchObject({ recovery_codes_left: 10 });
  });

  it('is removed with its recovery codes and waiting sign-ins, and the person is told', async () => {
    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    expect((await factors.remove(person.access)).status).toBe(204);
    expect((await auth.people.login(person.email)).json).toHaveProperty('access_token');
    expect(verdict(await factors.finish(mfa_token, person.recoveryCodes[0] ?? ''))).toEqual(refused);
    expect(verdict(await factors.remove(person.access))).toEqual([404, 'NOT_FOUND']);
    expect((await factors.status(person.access)).json).toEqual({ totp: null, recovery_codes_left: 0, passkeys: 0 });
    await auth.queues.hear(secondFactorChanged, (data) => data.user_id === person.id && data.change === 'totp_removed');
  });
});

describe('the second step of a sign-in', () => {
  it('opens the session that the first step asked for, and remembers both proofs', async () => {
    const person = await factors.enrolled();
    const other = await auth.people.join(person.id, 'viewer');
    const question = await factors.challenge(person.email, { org_id: other });
    expect(question.methods).toEqual(['totp', 'recovery_code']);
    const answer = await factors.finish(question.mfa_token, codeOf(person.secret, 1));
    const claims = decodeJwt(tokensOf(answer).access);
    expect([answer.status, claims['org_id'], answer.headers['cache-control']]).toEqual([200, other, 'no-store']);
    const { rows } = await query<{ methods: string[] }>('select methods from auth.sessions where id = $1', claims['sid']);
    expect(rows[0]?.methods).toEqual(['pwd', 'otp']);
  });

  it('takes codes one step off to either side, and none that are two', async () => {
    const person = await factors.enrolled();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (const [steps, status] of [[-2, 401], [-1, 200], [0, 200], [1, 200], [2, 401]] as const) {
      await factors.passTime(person.id);
      expect([steps, (await factors.login(person.email, codeOf(person.secret, steps))).status]).toEqual([steps, status]);
    }
  });

  it('takes no code that was used, nor an earlier one than the last', async () => {
    const person = await factors.enrolled();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect((await factors.login(person.email, codeOf(person.secret, 1))).status).toBe(200);
    for (const steps of [1, 0, -1]) expect(verdict(await factors.login(person.email, codeOf(person.secret, steps)))).toEqual(refused);
  });

  it('takes a code once of ten at the same time, whichever sign-ins it is for', async () => {
    const person = await factors.enrolled();
    const questions = await Promise.all(Array.from({ length: 10 }, () => factors.challenge(person.email)));
    const code = codeOf(person.secret, 1);
    const answers = await Promise.all(questions.map(({ mfa_token }) => factors.finish(mfa_token, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(401)]);
  });

  it('takes each recovery code once, also of ten at the same time', async () => {
    const person = await factors.enrolled();
    const [code = '', second = ''] = person.recoveryCodes;
    const questions = await Promise.all(Array.from({ length: 10 }, () => factors.challenge(person.email)));
    const answers = await Promise.all(questions.map(({ mfa_token }) => factors.finish(mfa_token, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(401)]);
    expect(verdict(await factors.login(person.email, code))).toEqual(refused);
    expect((await factors.login(person.email, second.toLowerCase().replaceAll('-', ' '))).status).toBe(200);
    const { access } = tokensOf(answers.find(({ status }) => status === 200)!);
    expect((await factors.status(access)).json).toMatchObject({ recovery_codes_left: 8 });
    const used = (left: number) => auth.queues.hear(secondFactorChanged, (data) => data.user_id === person.id && data.recovery_codes_left === left);
    expect(await used(8)).toMatchObject({ change: 'recovery_code_used' });
  });

  it('stands for one session, and a code that it has no use for stays good', async () => {
    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    const answers = await Promise.all(person.recoveryCodes.slice(0, 4).map((code) => factors.finish(mfa_token, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    const unused = person.recoveryCodes.filter((_, index) => answers[index]?.status !== 200)[0] ?? '';
    expect(verdict(await factors.finish(mfa_token, unused))).toEqual(refused);
    expect((await factors.login(person.email, unused)).status).toBe(200);
    const { rows } = await query<{ left: number }>('select count(*)::int as left from auth.recovery_codes where account_id = $1 and used_at is null', person.id);
    expect(rows[0]?.left).toBe(8);
  });

  it('is over after five tries, however many come at once', async () => {
    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    const wrong = wrongCodeOf(person.secret);
    await Promise.all(Array.from({ length: 12 }, () => factors.finish(mfa_token, wrong)));
    const { rows } = await query<{ tries: number }>('select tries from auth.mfa_tokens where account_id = $1', person.id);
    expect(rows).toEqual([{ tries: 5 }]);
    expect(verdict(await factors.finish(mfa_token, codeOf(person.secret, 1)))).toEqual(refused);
    const another = await factors.challenge(person.email);
    for (let tries = 0; tries < 4; tries += 1) await factors.finish(another.mfa_token, wrong);
    expect((await factors.finish(another.mfa_token, codeOf(person.secret, 1))).status).toBe(200);
  });

  it('is over after five minutes', async () => {
    const person = await factors.enrolled();
    const shift = (seconds: number) =>
      query(
        `update auth.mfa_tokens set created_at = created_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2)
         where account_id = $1 and used_at is null`,
        person.id,
        seconds,
      );
    const late = await factors.challenge(person.email);
    await shift(300);
    expect(verdict(await factors.finish(late.mfa_token, codeOf(person.secret, 1)))).toEqual(refused);
    const early = await factors.challenge(person.email);
    await shift(240);
    expect((await factors.finish(early.mfa_token, codeOf(person.secret, 1))).status).toBe(200);
  });

  it("is not done by another person's code, nor by any other token", async () => {
    const [ann, eve] = [await factors.enrolled(), await factors.enrolled()];
    const { mfa_token } = await factors.challenge(ann.email);
    for (const code of [codeOf(eve.secret, 1), eve.recoveryCodes[0] ?? '']) {
      expect(verdict(await factors.finish(mfa_token, code))).toEqual(refused);
    }
    for (const token of [ann.refresh, ann.access, 'x'.repeat(43)]) {
      expect(verdict(await factors.finish(token.slice(0, 512), codeOf(ann.secret, 1)))).toEqual(refused);
    }
    expect(verdict(await auth.request('GET', '/me', { token: mfa_token }))).toEqual([401, 'UNAUTHENTICATED']);
    expect(verdict(await auth.people.refresh(mfa_token))).toEqual(refused);
  });

  it('is refused to a disabled account, and to whoever had the password of before', async () => {
    const disabled = await factors.enrolled();
    const waiting = await factors.challenge(disabled.email);
    await query(`update auth.accounts set status = 'disabled' where id = $1`, disabled.id);
    expect(verdict(await factors.finish(waiting.mfa_token, codeOf(disabled.secret, 1)))).toEqual([403, 'ACCOUNT_DISABLED']);

    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    const fresh = 'a sentence nobody has used before';
    await auth.request('POST', '/password/change', {
      token: person.access,
      body: { current_password: password, password: fresh, password_confirm: fresh },
    });
    expect(verdict(await factors.finish(mfa_token, codeOf(person.secret, 1)))).toEqual(refused);
    expect((await factors.login(person.email, codeOf(person.secret, 1), { password: fresh })).status).toBe(200);
  });
});

describe('proving again who one is', () => {
  it('is asked for before a factor is enrolled, and done by the password', async () => {
    const person = await factors.signedIn();
    await factors.age(person.id, 10);
    const enroll = () => auth.request('POST', '/mfa/totp/enroll', { token: person.access });
    const refusal = await enroll();
    expect([verdict(refusal), waysOf(refusal)]).toEqual([[403, 'REAUTHENTICATION_REQUIRED'], ['password']]);
    expect(verdict(await factors.reauthenticate(person.access, { password: 'not the password' }))).toEqual(refused);
    expect(verdict(await factors.reauthenticate(person.access, { code: '123456' }))).toEqual(refused);
    expect((await enroll()).status).toBe(403);
    expect((await factors.reauthenticate(person.access, { password })).status).toBe(204);
    expect((await enroll()).status).toBe(200);
  });

  it('takes a code, not the password, where the account has a factor', async () => {
    const person = await factors.enrolled();
    await factors.age(person.id, 10);
    for (const attempt of [
      () => factors.remove(person.access),
      () => auth.request('POST', '/mfa/recovery-codes', { token: person.access }),
      () => factors.reauthenticate(person.access, { password }),
    ]) {
      const refusal = await attempt();
      expect([verdict(refusal), waysOf(refusal)]).toEqual([[403, 'REAUTHENTICATION_REQUIRED'], ['code']]);
    }
    expect(verdict(await factors.reauthenticate(person.access, { code: wrongCodeOf(person.secret) }))).toEqual(refused);
    const code = codeOf(person.secret, 1);
    expect((await factors.reauthenticate(person.access, { code })).status).toBe(204);
    expect(verdict(await factors.reauthenticate(person.access, { code }))).toEqual(refused);
    const replaced = recoveryCodesOf(await auth.request('POST', '/mfa/recovery-codes', { token: person.access }));
    expect(verdict(await factors.login(person.email, person.recoveryCodes[0] ?? ''))).toEqual(refused);
    expect((await factors.login(person.email, replaced[0] ?? '')).status).toBe(200);
    expect((await factors.remove(person.access)).status).toBe(204);
  });

  it('is asked of a session that was opened by the password alone, before the factor was there', async () => {
    const person = await factors.signedIn();
    const other = tokensOf(await auth.people.login(person.email)).access;
    const { secret } = await factors.enroll(person.access);
    await factors.confirm(person.access, codeOf(secret));
    expect(verdict(await factors.remove(other))).toEqual([403, 'REAUTHENTICATION_REQUIRED']);
    expect((await factors.reauthenticate(other, { code: codeOf(secret, 1) })).status).toBe(204);
    expect((await factors.remove(other)).status).toBe(204);
  });

  it('by a recovery code lets whoever lost the app remove it', async () => {
    const person = await factors.enrolled();
    const { access } = tokensOf(await factors.login(person.email, person.recoveryCodes[3] ?? ''));
    expect((await factors.remove(access)).status).toBe(204);
  });

  it('takes a passkey in the place of both factors, at sign-in too', async () => {
    const people = new PasskeyPeople(auth);
    const authenticator = new SoftwareAuthenticator(origin);
    const person = await factors.enrolled();
    expect((await people.add(person.access, authenticator)).status).toBe(201);
    expect((await factors.status(person.access)).json).toMatchObject({ totp: { enabled_at: expect.any(String) }, passkeys: 1 });
    await factors.age(person.id, 10);
    const refusal = await factors.remove(person.access);
    expect([verdict(refusal), waysOf(refusal)]).toEqual([[403, 'REAUTHENTICATION_REQUIRED'], ['code', 'passkey']]);
    expect((await people.reauthenticate(person.access, authenticator)).status).toBe(204);
    expect((await auth.request('POST', '/mfa/recovery-codes', { token: person.access })).status).toBe(200);
    const { access } = tokensOf(await people.login(authenticator));
    expect((await factors.remove(access)).status).toBe(204);
  });

  it('takes one proof at a time, and nothing else', async () => {
    const { access } = await factors.signedIn();
    for (const body of [{}, { password, code: '123456' }, { password, remember: true }]) {
      expect(verdict(await factors.reauthenticate(access, body))).toEqual([400, 'VALIDATION_ERROR']);
    }
  });

  it('of a session that is over is refused', async () => {
    const person = await factors.enrolled();
    await query(`update auth.sessions set ended_at = now(), end_reason = 'revoked' where account_id = $1`, person.id);
    expect(verdict(await factors.reauthenticate(person.access, { code: codeOf(person.secret, 1) }))).toEqual([401, 'UNAUTHENTICATED']);
    expect((await factors.remove(person.access)).status).not.toBe(204);
  });
});
