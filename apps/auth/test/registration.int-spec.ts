import { createHash, randomUUID } from 'node:crypto';
import { emailVerificationRequested, invitationChanged, userEmailVerified, userRegistered } from '@atrium/contracts/domain-events';
import { newOpaqueToken } from '../src/tokens/opaque-token.js';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthBench } from './auth-bench.js';
import { newEmail, password } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const verify = (token: string) => auth.request('POST', '/verify-email', { body: { token } });
const resend = (email: string) => auth.request('POST', '/verify-email/resend', { body: { email } });
const fieldsOf = (json: Record<string, unknown>) =>
  (json['error'] as { details: { field: string }[] }).details.map(({ field }) => field);

describe('registering', () => {
  it('makes an unverified account, asks for a mail and tells of a person whose organization is to be founded', async () => {
    const email = newEmail();
    const answer = await auth.people.register(email.toUpperCase(), { organization_name: 'Ann & Sons' });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(['created_at', 'email', 'email_verified', 'id']);
    expect(answer.json).toMatchObject({ email, email_verified: false });
    const registered = await auth.queues.hear(userRegistered, (data) => data.email === email);
    expect(registered).toMatchObject({ user_id: answer.json['id'], organization_name: 'Ann & Sons', invitation_id: null });
    await auth.queues.hear(emailVerificationRequested, (data) => data.email === email);
  });

  it('names the organization after the person where no name is given', async () => {
    const email = newEmail();
    await auth.people.register(email);
    const { organization_name } = await auth.queues.hear(userRegistered, (data) => data.email === email);
    expect(organization_name).toBe(`${email.split('@')[0]}'s organization`);
  });

  it('stores the password as an Argon2id PHC string alone', async () => {
    const email = newEmail();
    await auth.people.register(email);
    const { rows } = await auth.engines.superuser.query<{ row: string }>('select a::text as row from auth.accounts a where email = $1', [email]);
    expect(rows[0]?.row).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(rows[0]?.row).not.toContain(password);
  });

  it('takes case variants of one address as one account, also at once', async () => {
    const email = newEmail();
    const variants = [email, email.toUpperCase(), email.replace('ann', 'Ann'), email];
    const answers = await Promise.all(variants.map((variant) => auth.people.register(variant)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect((refused?.json['error'] as { code: string }).code).toBe('EMAIL_TAKEN');
  });

  it.each([
    ['a short password', { password: 'short', password_confirm: 'short' }, 'password'],
    ['a common password', { password: 'P@ssw0rd1234', password_confirm: 'P@ssw0rd1234' }, 'password'],
    ["the organization's name as password", { organization_name: 'Battery Staple' }, 'password'],
    ['another confirmation', { password_confirm: 'something else entirely' }, 'password_confirm'],
    ['a megabyte of password', { password: 'x'.repeat(900_000), password_confirm: 'x' }, 'password'],
    ['a smuggled role', { role: 'admin' }, 'role'],
    ['a smuggled verification', { email_verified: true }, 'email_verified'],
    ['a smuggled organization', { org_id: randomUUID() }, 'org_id'],
    ['control characters in the address', { email: 'ann\u0000@example.com' }, 'email'],
    ['an unknown invitation', { invitation_token: 'x'.repeat(43) }, 'invitation_token'],
  ])('refuses %s by its field', async (_, extra, field) => {
    const answer = await auth.people.register(newEmail(), extra);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.json)).toContain(field);
  });

  it('refuses a password that holds the e-mail address', async () => {
    const email = newEmail();
    const answer = await auth.people.register(email, { password: `my ${email}`, password_confirm: `my ${email}` });
    expect(fieldsOf(answer.json)).toEqual(['password']);
  });

  it('happens once per idempotency key', async () => {
    const body = { email: newEmail(), password, password_confirm: password };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await auth.request('POST', '/register', { body, headers });
    const again = await auth.request('POST', '/register', { body, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json).toEqual(first.json);
  });
});

describe('registering with an invitation', () => {
  const invite = async (email: string, change: Partial<{ status: 'pending' | 'revoked'; expires_at: string }> = {}) => {
    const token = newOpaqueToken();
    const data = {
      invitation_id: randomUUID(),
      email,
      token_hash: createHash('sha256').update(token).digest('hex'),
      status: 'pending' as const,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      version: 1,
      ...change,
    };
    await auth.queues.publish(invitationChanged, data, randomUUID());
    return { token, id: data.invitation_id };
  };
  const isKnown = async (id: string) =>
    (await auth.engines.superuser.query('select 1 from auth.invitations where invitation_id = $1', [id])).rowCount === 1;

  it('waits for an invitation whose event is still on its way, and founds no organization', async () => {
    const email = newEmail();
    const { token, id } = await invite(email);
    expect((await auth.people.register(email, { invitation_token: token })).status).toBe(201);
    const registered = await auth.queues.hear(userRegistered, (data) => data.email === email);
    expect(registered).toMatchObject({ invitation_id: id, organization_name: null });
  });

  it.each([
    ['revoked', { status: 'revoked' as const }, undefined],
    ['expired', { expires_at: new Date(Date.now() - 1_000).toISOString() }, undefined],
    ["another person's", {}, newEmail()],
  ])('refuses one that is %s', async (_, change, invited) => {
    const email = newEmail();
    const { token, id } = await invite(invited ?? email, change);
    await until('the invitation', () => isKnown(id));
    const answer = await auth.people.register(email, { invitation_token: token });
    expect([answer.status, fieldsOf(answer.json)]).toEqual([400, ['invitation_token']]);
  });
});

describe('verifying an address', () => {
  it('works once, of ten at the same time for exactly one', async () => {
    const email = newEmail();
    const { json } = await auth.people.register(email);
    const token = await auth.people.mailedToken(email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(400)]);
    await auth.queues.hear(userEmailVerified, (data) => data.user_id === json['id']);
  });

  it('answers unknown, used and expired tokens alike', async () => {
    const used = newEmail();
    const expired = newEmail();
    await auth.people.register(used);
    await auth.people.register(expired);
    const tokens = [await auth.people.mailedToken(used), await auth.people.mailedToken(expired), 'x'.repeat(43)] as const;
    await verify(tokens[0]);
    await auth.engines.superuser.query(`update auth.email_tokens t set created_at = now() - interval '25 hours', expires_at = now() - interval '1 hour'
      from auth.accounts a where a.id = t.account_id and a.email = $1`, [expired]);
    const answers = await Promise.all(tokens.map(verify));
    const bodies = answers.map(({ status, json }) => ({ status, ...(json['error'] as object), request_id: '' }));
    expect(bodies[0]).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(bodies).toEqual(Array(3).fill(bodies[0]));
  });

  it('takes the newest mail alone after a resend', async () => {
    const email = newEmail();
    await auth.people.register(email);
    const old = await auth.people.mailedToken(email);
    expect((await resend(email)).status).toBe(202);
    const fresh = await auth.people.mailedToken(email, 2);
    expect((await verify(old)).status).toBe(400);
    expect((await verify(fresh)).status).toBe(204);
  });

  it('answers a resend alike for waiting, verified and unknown addresses, and mails only the first', async () => {
    const waiting = newEmail();
    await auth.people.register(waiting);
    const { email: verified } = await auth.people.verified();
    const unknown = newEmail();
    const answers = await Promise.all([waiting, verified, unknown].map(resend));
    expect(answers.map(({ status, text }) => ({ status, text }))).toEqual(Array(3).fill({ status: 202, text: '' }));
    await auth.people.mailedToken(waiting, 2);
    const { rows } = await auth.engines.superuser.query(
      `select a.email from auth.email_tokens t join auth.accounts a on a.id = t.account_id where t.used_at is null and a.email = any ($1)`,
      [[waiting, verified, unknown]],
    );
    expect(rows).toEqual([{ email: waiting }]);
  });
});

it('no log line holds a token, a password or a whole address', async () => {
  const email = newEmail();
  await auth.people.register(email);
  const token = await auth.people.mailedToken(email);
  await verify(token);
  await auth.people.login(email, { password: 'a wrong password' });
  for (const secret of [email, token, password, 'a wrong password']) expect(auth.logs.join('')).not.toContain(secret);
});
