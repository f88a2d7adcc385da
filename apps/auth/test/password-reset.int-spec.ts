import { emailVerificationRequested, passwordChanged, passwordResetRequested, userEmailVerified } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoginService } from '../src/sessions/login.service.js';
import { PasswordHasher } from '../src/passwords/password-hasher.js';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { newEmail, password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const fresh = 'a sentence nobody has used before';
const forgot = (email: string) => auth.request('POST', '/password/forgot', { body: { email } });
const mailed = async (email: string, count = 1): Promise<string> =>
  (await auth.queues.hear(passwordResetRequested, (data) => data.email === email, count)).token;
const reset = (token: string, chosen = fresh, extra: object = {}) =>
  auth.request('POST', '/password/reset', { body: { token, password: chosen, password_confirm: chosen, ...extra } });
const me = (token: string) => auth.request('GET', '/me', { token });
const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const fieldsOf = ({ json }: Answer) => (json['error'] as { details: { field: string }[] }).details.map(({ field }) => field);
/** What a caller sees, without what differs in every answer. */
const seen = ({ status, json }: Answer) => ({ status, ...(json['error'] as object), request_id: '' });
const signIn = async () => {
  const person = await auth.people.member();
  return { ...person, ...tokensOf(await auth.people.login(person.email)) };
};
const asked = async () => {
  const person = await auth.people.verified();
  await forgot(person.email);
  return { ...person, token: await mailed(person.email) };
};
const openTokensOf = async (emails: string[]) =>
  (
    await auth.engines.superuser.query(
      `select a.email from auth.email_tokens t join auth.accounts a on a.id = t.account_id
       where t.purpose = 'reset_password' and t.used_at is null and a.email = any ($1)`,
      [emails],
    )
  ).rows;

describe('asking for a new password', () => {
  it('answers alike for known, unverified, disabled and unknown addresses, and mails only whom it may', async () => {
    const { email: known } = await auth.people.verified();
    const { id, email: disabled } = await auth.people.verified();
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [id]);
    const unverified = newEmail();
    await auth.people.register(unverified);
    const addresses = [known.toUpperCase(), unverified, disabled, newEmail()];
    const answers = await Promise.all(addresses.map(forgot));
    expect(answers.map(({ status, text }) => ({ status, text }))).toEqual(Array(4).fill({ status: 202, text: '' }));
    const rows = await openTokensOf([known, unverified, disabled]);
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining([{ email: known }, { email: unverified }]));
  });

  it('takes as long for an unknown address as for a known one', async () => {
    const timed = async (address: string): Promise<number> => {
      const begun = performance.now();
      await forgot(address);
      return performance.now() - begun;
    };
    const { email } = await auth.people.verified();
    for (const address of [email, newEmail(), email, newEmail()]) expect(await timed(address)).toBeGreaterThanOrEqual(145);
  });

  it('sends five mails an hour to one address, the newest alone holding a token that works', async () => {
    const limited = await AuthBench.start({});
    try {
      const { email } = await limited.people.verified();
      const tokens: string[] = [];
      for (let count = 1; count <= 7; count += 1) {
        const answer = await limited.request('POST', '/password/forgot', { body: { email } });
        expect(answer.status).toBe(202);
        if (count <= 5) {
          tokens.push((await limited.queues.hear(passwordResetRequested, (data) => data.email === email, count)).token);
        }
      }
      const { rows } = await limited.engines.superuser.query(`select 1 from auth.email_tokens where purpose = 'reset_password'`);
      expect(rows).toHaveLength(1);
      const use = (token: string) =>
        limited.request('POST', '/password/reset', { body: { token, password: fresh, password_confirm: fresh } });
      expect((await use(tokens[3] ?? '')).status).toBe(400);
      expect((await use(tokens[4] ?? '')).status).toBe(204);
    } finally {
      await limited.stop();
    }
  });

  it('stores the token hashed alone', async () => {
    const { token } = await asked();
    const { rows } = await auth.engines.superuser.query<{ row: string }>('select t::text as row from auth.email_tokens t');
    expect(rows.map(({ row }) => row).join()).not.toContain(token);
  });
});

describe('resetting a password', () => {
  it('ends every session, the old password and the token, and tells the person', async () => {
    const person = await signIn();
    const other = tokensOf(await auth.people.login(person.email));
    await forgot(person.email);
    const token = await mailed(person.email);
    expect((await reset(token)).status).toBe(204);
    for (const { access, refresh } of [person, other]) {
      expect((await me(access)).status).toBe(401);
      expect((await auth.people.refresh(refresh)).status).toBe(401);
    }
    expect(codeOf(await auth.people.login(person.email))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await auth.people.login(person.email, { password: fresh })).status).toBe(200);
    expect((await reset(token, 'yet another long sentence')).status).toBe(400);
    expect(await auth.queues.hear(passwordChanged, (data) => data.user_id === person.id)).toMatchObject({ email: person.email, means: 'reset' });
  });

  it('happens once of ten at the same time, and the password is the one of the winner', async () => {
    const { email, token } = await asked();
    const choices = Array.from({ length: 10 }, (_, index) => `sentence number ${index} of the ten`);
    const answers = await Promise.all(choices.map((choice) => reset(token, choice)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(400)]);
    const winner = choices[answers.findIndex(({ status }) => status === 204)];
    const logins = await Promise.all(choices.map((choice) => auth.people.login(email, { password: choice })));
    expect(choices.filter((_, index) => logins[index]?.status === 200)).toEqual([winner]);
  });

  it("answers unknown, used, expired, disabled accounts' and verification tokens alike", async () => {
    const used = await asked();
    await reset(used.token);
    const expired = await asked();
    await auth.engines.superuser.query(
      `update auth.email_tokens set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second'
       where account_id = $1 and purpose = 'reset_password'`,
      [expired.id],
    );
    const disabled = await asked();
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [disabled.id]);
    const unverified = newEmail();
    await auth.people.register(unverified);
    const verification = await auth.people.mailedToken(unverified);
    const answers = await Promise.all([used.token, expired.token, disabled.token, verification, 'x'.repeat(43)].map((token) => reset(token)));
    const bodies = answers.map(seen);
    expect(bodies[0]).toMatchObject({ status: 400, code: 'VALIDATION_ERROR', details: [{ field: 'token' }] });
    expect(bodies).toEqual(Array(5).fill(bodies[0]));
  });

  it('changes the account of the token alone, whatever the body says', async () => {
    const victim = await auth.people.member();
    const { token } = await asked();
    for (const extra of [{ email: victim.email }, { user_id: victim.id }]) expect((await reset(token, fresh, extra)).status).toBe(400);
    expect((await reset(token)).status).toBe(204);
    expect((await auth.people.login(victim.email)).status).toBe(200);
  });

  it('is no way to verify an address, nor the other way round', async () => {
    const { token } = await asked();
    expect((await auth.request('POST', '/verify-email', { body: { token } })).status).toBe(400);
  });

  it('verifies the address: whoever registered it before its owner loses everything', async () => {
    const email = newEmail();
    const { json } = await auth.people.register(email);
    await auth.queues.hear(emailVerificationRequested, (data) => data.email === email);
    await forgot(email);
    expect((await reset(await mailed(email))).status).toBe(204);
    await auth.queues.hear(userEmailVerified, (data) => data.user_id === json['id']);
    expect((await auth.people.login(email, { password: fresh })).status).toBe(200);
    expect(codeOf(await auth.people.login(email))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('leaves the token good when the policy refuses the password', async () => {
    const { email, token } = await asked();
    expect(fieldsOf(await reset(token, `my ${email}`))).toEqual(['password']);
    expect((await reset(token)).status).toBe(204);
  });

  it('lets no sign-in that checked the old password before come through after', async () => {
    const { id, email } = await auth.people.member();
    const hasher = auth.app.get(PasswordHasher);
    const verify = hasher.verify.bind(hasher);
    hasher.verify = async (hash, given) => {
      const isRight = await verify(hash, given);
      hasher.verify = verify;
      await forgot(email);
      expect((await reset(await mailed(email))).status).toBe(204);
      return isRight;
    };
    const login = auth.app.get(LoginService).login({ email, password }, { address: '192.0.2.1', userAgent: undefined });
    await expect(login).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const { rows } = await auth.engines.superuser.query('select 1 from auth.sessions where account_id = $1 and ended_at is null', [id]);
    expect(rows).toEqual([]);
  });

  it('dies before hashing with a password of a megabyte or control characters in the address', async () => {
    const { token } = await asked();
    const hasher = auth.app.get(PasswordHasher);
    const hash = hasher.hash.bind(hasher);
    let hashes = 0;
    hasher.hash = (given) => ((hashes += 1), hash(given));
    expect(codeOf(await reset(token, 'x'.repeat(1_000_000)))).toEqual([400, 'VALIDATION_ERROR']);
    expect(codeOf(await forgot('ann\u0000@example.com'))).toEqual([400, 'VALIDATION_ERROR']);
    hasher.hash = hash;
    expect(hashes).toBe(0);
  });
});

it('no log line holds a token, a password or an address', async () => {
  const { email, token } = await asked();
  await reset(token);
  await until('the notice', async () => auth.logs.some((line) => line.includes('password.reset')));
  for (const secret of [email, token, fresh, password]) expect(auth.logs.join('')).not.toContain(secret);
});
