import { authEndpoints } from '@atrium/contracts/auth';
import { accountClosed, accountErased, accountExpired, accountReopened } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetentionJob } from '../src/retention/retention.job.js';
import { AuthBench } from './auth-bench.js';
import { newEmail, password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const signIn = async () => {
  const person = await auth.people.member();
  return { ...person, ...tokensOf(await auth.people.login(person.email)) };
};
const me = (token: string) => auth.request('GET', '/me', { token });
const codeOf = (answer: { json: Record<string, unknown> }) => (answer.json['error'] as { code?: string } | undefined)?.code;
const accountOf = async (id: string) =>
  (await auth.engines.superuser.query<{ status: string }>(`select status from auth.accounts where id = $1`, [id])).rows[0];
const statusOf = (id: string, status: string | undefined) =>
  until(`the account to be ${status ?? 'gone'}`, async () => (await accountOf(id))?.status === status);
const tell = {
  closed: (id: string, at: Date) => auth.queues.publish(accountClosed, { user_id: id, at: at.toISOString() }, null),
  reopened: (id: string, at: Date) => auth.queues.publish(accountReopened, { user_id: id, at: at.toISOString() }, null),
  erased: (id: string) => auth.queues.publish(accountErased, { user_id: id }, null),
};

describe('a closed account', () => {
  it('loses its sessions at once, and lets nobody in by password, refresh or reset', async () => {
    const person = await signIn();
    const other = tokensOf(await auth.people.login(person.email));
    await tell.closed(person.id, new Date());
    await until('the tokens to be dead', async () => (await me(person.access)).status === 401 && (await me(other.access)).status === 401);
    expect((await auth.people.refresh(person.refresh)).status).toBe(401);
    expect(codeOf(await auth.people.login(person.email))).toBe('ACCOUNT_DISABLED');
    expect((await auth.request('POST', '/password/forgot', { body: { email: person.email } })).status).toBe(202);
    const { rows } = await auth.engines.superuser.query(`select 1 from auth.email_tokens where account_id = $1 and used_at is null`, [person.id]);
    expect(rows).toEqual([]);
    expect(codeOf(await auth.people.register(person.email))).toBe('EMAIL_TAKEN');
  });

  it('can be reopened, and of what is told the latest counts, in whatever order it comes', async () => {
    const person = await signIn();
    const [first, second, third] = [1, 2, 3].map((second) => new Date(Date.now() + second)) as [Date, Date, Date];
    await tell.reopened(person.id, second);
    await tell.closed(person.id, third);
    await statusOf(person.id, 'disabled');
    await tell.closed(person.id, first);
    await tell.reopened(person.id, second);
    await tell.reopened(person.id, new Date(third.getTime() + 1));
    await statusOf(person.id, 'active');
    await tell.closed(person.id, third);
    expect((await auth.people.login(person.email)).status).toBe(200);
  });

  it('is deleted with all that hangs on it when its time is over, and its address is free', async () => {
    const person = await signIn();
    await tell.closed(person.id, new Date());
    await statusOf(person.id, 'disabled');
    await tell.erased(person.id);
    await tell.erased(person.id);
    await statusOf(person.id, undefined);
    const { rows } = await auth.engines.superuser.query(
      `select 1 from auth.sessions where account_id = $1 union all select 1 from auth.email_tokens where account_id = $1`,
      [person.id],
    );
    expect(rows).toEqual([]);
    const again = await auth.people.register(person.email);
    expect(again.status).toBe(201);
    expect(again.json['id']).not.toBe(person.id);
    await tell.closed(person.id, new Date());
    await tell.erased(person.id);
    expect(codeOf(await auth.people.login(person.email))).toBe('EMAIL_NOT_VERIFIED');
  });

  it('is deleted even where its closing was never heard of, and live tokens die', async () => {
    const person = await signIn();
    await tell.erased(person.id);
    await statusOf(person.id, undefined);
    await until('the token to be dead', async () => (await me(person.access)).status === 401);
    expect((await auth.people.refresh(person.refresh)).status).toBe(401);
  });
});

it('everything that names an account goes with it, or lets go of it', async () => {
  const { rows } = await auth.engines.superuser.query<{ name: string; kind: string }>(
    `select conrelid::regclass::text || '.' || conname as name, confdeltype as kind from pg_constraint
     where contype = 'f' and confrelid = 'auth.accounts'::regclass`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(rows.filter(({ kind }) => !['c', 'n'].includes(kind)).map(({ name }) => name)).toEqual([]);
});

describe('retention', () => {
  const registered = async (interval: string): Promise<{ id: string; email: string }> => {
    const email = newEmail();
    const id = String((await auth.people.register(email)).json['id']);
    await auth.engines.superuser.query(`update auth.accounts set created_at = now() - $2::interval where id = $1`, [id, interval]);
    return { id, email };
  };

  it('lets an account expire that nobody verified within a week, tells users, and frees the address', async () => {
    const [old, young, verified] = [await registered('7 days 1 minute'), await registered('6 days 23 hours'), await auth.people.verified()];
    await auth.engines.superuser.query(`update auth.accounts set created_at = now() - interval '1 year' where id = $1`, [verified.id]);
    expect(await auth.app.get(RetentionJob).run()).toBe(true);
    expect([await accountOf(old.id), await accountOf(young.id), await accountOf(verified.id)]).toEqual([
      undefined,
      { status: 'active' },
      { status: 'active' },
    ]);
    expect(await auth.queues.hear(accountExpired, (data) => data.user_id === old.id)).toEqual({ user_id: old.id });
    expect((await auth.people.register(old.email)).status).toBe(201);
    expect((await auth.request('POST', '/login', { body: { email: young.email, password } })).status).toBe(403);
  });

  it('forgets invitations a month after their end', async () => {
    const add = (email: string, interval: string) =>
      auth.engines.superuser.query(
        `insert into auth.invitations (org_id, invitation_id, email, token_hash, status, expires_at, version)
         values (uuidv7(), uuidv7(), $1, encode(sha256(convert_to($1, 'UTF8')), 'hex'), 'pending', now() - $2::interval, 1)`,
        [email, interval],
      );
    await add('over@example.com', '30 days 1 minute');
    await add('recent@example.com', '29 days');
    await auth.app.get(RetentionJob).run();
    const { rows } = await auth.engines.superuser.query(`select email from auth.invitations where email in ('over@example.com', 'recent@example.com')`);
    expect(rows).toEqual([{ email: 'recent@example.com' }]);
  });
});

it('a person exports what auth holds of them, and no secret', async () => {
  const person = await signIn();
  await signIn();
  const key = await auth.request('POST', '/api-keys', { token: person.access, body: { name: 'CI', permissions: ['users.read'] } });
  expect((await auth.request('GET', '/me/export')).status).toBe(401);
  const { status, json, text } = await auth.request('GET', '/me/export', { token: person.access });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    account: { id: person.id, email: person.email, last_org_id: person.orgId },
    sessions: [{ org_id: person.orgId, address: '192.0.2.1', methods: ['pwd'], ended_at: null }],
    second_factors: { totp: null, recovery_codes_left: 0, passkeys: 0 },
    devices: [{ id: expect.any(String) }],
    api_keys: [{ name: 'CI', org_id: person.orgId, id: key.json['id'] }],
    memberships: [{ org_id: person.orgId, roles: ['org_admin'] }],
  });
  expect(authEndpoints.exportAccount.success.schema.parse(json)).toEqual(json);
  for (const secret of ['argon2', 'hash', 'salt', person.refresh, String(key.json['key'])]) expect(text).not.toContain(secret);
});
