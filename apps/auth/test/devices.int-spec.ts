import { newDeviceSignedIn, passwordResetRequested } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetentionJob } from '../src/retention/retention.job.js';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { cookieOf, password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const signIn = (email: string, headers: Record<string, string> = {}, secret = password): Promise<Answer> =>
  auth.request('POST', '/login', { body: { email, password: secret }, headers: { 'user-agent': firefox, ...headers } });
const devicesOf = async (accountId: string): Promise<string[]> =>
  (await auth.engines.superuser.query<{ id: string }>('select id from auth.devices where account_id = $1', [accountId])).rows.map(({ id }) => id);
/** Mails of any kind that were asked for the person, once no event waits to be sent. */
const noticesTo = async (id: string): Promise<number> => {
  await until('an empty outbox', async () => (await auth.engines.superuser.query('select 1 from auth.outbox')).rowCount === 0);
  return (await auth.queues.all(newDeviceSignedIn)).filter(({ user_id }) => user_id === id).length;
};
const tokensIn = (cookie: string): string[] => (cookie.split('=')[1] ?? '').split('.');

describe('a device that somebody signs in from', () => {
  it('gets a secret that no script and no other site can use, stored hashed', async () => {
    const { id, email } = await auth.people.member();
    const answer = await signIn(email);
    const header = String(answer.headers['set-cookie']);
    expect(header).toMatch(/^atrium_device=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Strict$/);
    const { rows } = await auth.engines.superuser.query<{ row: string; named: string }>(
      `select d::text as row, user_agent as named from auth.devices d where account_id = $1 and token_hash = sha256(convert_to($2, 'UTF8'))`,
      [id, tokensIn(cookieOf(answer))[0]],
    );
    expect(rows).toMatchObject([{ named: firefox }]);
    expect(rows[0]?.row).not.toContain(tokensIn(cookieOf(answer))[0]);
    expect(answer.text).not.toContain(tokensIn(cookieOf(answer))[0]);
  });

  it('is sent over encrypted connections alone where the platform is reached so', async () => {
    const secure = await AuthBench.start({ TOKEN_ISSUER: 'https://auth.test' });
    try {
      const { email } = await secure.people.member();
      expect(String((await secure.people.login(email)).headers['set-cookie'])).toMatch(/; Secure$/);
    } finally {
      await secure.stop();
    }
  });

  it('stays one device, whatever it is told by', async () => {
    const { id, email } = await auth.people.member();
    const cookie = cookieOf(await signIn(email));
    expect(cookieOf(await signIn(email, { cookie: `theme=dark; ${cookie}; x=y` }))).toBe(cookie);
    expect(cookieOf(await signIn(email, { 'x-device-token': tokensIn(cookie)[0] ?? '' }))).toBe(cookie);
    expect(await devicesOf(id)).toHaveLength(1);
  });

  it('is shared by several people, each with a secret of their own', async () => {
    const [ann, bob] = [await auth.people.member(), await auth.people.member()];
    const first = cookieOf(await signIn(ann.email));
    const both = cookieOf(await signIn(bob.email, { cookie: first }));
    expect(tokensIn(both)).toHaveLength(2);
    expect(tokensIn(cookieOf(await signIn(ann.email, { cookie: both }))).sort()).toEqual(tokensIn(both).sort());
    expect([await devicesOf(ann.id), await devicesOf(bob.id)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('never takes a secret that somebody else planted', async () => {
    const { id, email } = await auth.people.member();
    const planted = `atrium_device=${'p'.repeat(43)}`;
    const cookie = cookieOf(await signIn(email, { cookie: planted }));
    expect(tokensIn(cookie)[0]).not.toBe('p'.repeat(43));
    const { rows } = await auth.engines.superuser.query(`select 1 from auth.devices where account_id = $1 and token_hash = sha256(convert_to($2, 'UTF8'))`, [id, 'p'.repeat(43)]);
    expect(rows).toEqual([]);
  });

  it('is none of strange cookies, whatever they hold', async () => {
    const { id, email } = await auth.people.member();
    for (const cookie of ['atrium_device=', 'atrium_device=a.b.c', `atrium_device=${'x.'.repeat(2_000)}`, `atrium_device=${"'; --".repeat(9)}`, 'atrium_device']) {
      expect((await signIn(email, { cookie })).status).toBe(200);
    }
    expect(await devicesOf(id)).toHaveLength(5);
  });

  it('is not remembered after a wrong password, nor for an unverified address', async () => {
    const { email } = await auth.people.member();
    expect((await signIn(email, {}, 'not the password')).headers['set-cookie']).toBeUndefined();
  });

  it('is one of fifty at most: the oldest goes', async () => {
    const { id, email } = await auth.people.member();
    await signIn(email);
    await auth.engines.superuser.query(
      `insert into auth.devices (id, account_id, token_hash, last_used_at, expires_at)
       select gen_random_uuid(), $1::uuid, sha256(convert_to($1::text || n, 'UTF8')), now() + n * interval '1 second', now() + interval '1 day' from generate_series(1, 60) n`,
      [id],
    );
    await signIn(email);
    expect(await devicesOf(id)).toHaveLength(50);
  });

  it('is named in the list of sessions', async () => {
    const { email } = await auth.people.member();
    const { access } = tokensOf(await signIn(email));
    await signIn(email, { 'user-agent': 'acme-sync/1.2 (build 7)' });
    const { json } = await auth.request('GET', '/sessions', { token: access });
    expect(json['data']).toMatchObject([{ device: 'acme-sync/1.2', current: false }, { device: 'Firefox on Linux', current: true }]);
  });
});

describe('a device is forgotten', () => {
  it('with all others by logout-all', async () => {
    const { id, email } = await auth.people.member();
    await signIn(email);
    const { access } = tokensOf(await signIn(email));
    await auth.request('POST', '/logout-all', { token: access });
    expect(await devicesOf(id)).toEqual([]);
  });

  it('with its session when that is revoked, and stays after a logout', async () => {
    const { id, email } = await auth.people.member();
    const cookie = cookieOf(await signIn(email));
    const { access } = tokensOf(await signIn(email, { cookie }));
    await auth.request('POST', '/logout', { token: access });
    const { access: owner } = tokensOf(await signIn(email, { cookie }));
    expect(await devicesOf(id)).toHaveLength(1);
    await signIn(email);
    const { json } = await auth.request('GET', '/sessions', { token: owner });
    const other = (json['data'] as { id: string; current: boolean }[]).find(({ current }) => !current);
    const [kept] = await devicesOf(id);
    // Three devices' worth of sessions: the newest is the other device's.
    expect((await auth.request('DELETE', `/sessions/${other?.id}`, { token: owner })).status).toBe(204);
    expect(await devicesOf(id)).toEqual([kept]);
  });

  it('by a change of the password, but for the one at hand', async () => {
    const { id, email } = await auth.people.member();
    await signIn(email);
    const here = await signIn(email);
    const body = { current_password: password, password: 'another long sentence of mine', password_confirm: 'another long sentence of mine' };
    expect((await auth.request('POST', '/password/change', { body, token: tokensOf(here).access })).status).toBe(204);
    const { rows } = await auth.engines.superuser.query(
      `select token_hash = sha256(convert_to($2, 'UTF8')) as here from auth.devices where account_id = $1`, [id, tokensIn(cookieOf(here))[0]]);
    expect(rows).toEqual([{ here: true }]);
  });

  it('by a reset, whose own device is known from then on', async () => {
    const { id, email } = await auth.people.member();
    const before = cookieOf(await signIn(email));
    await auth.request('POST', '/password/forgot', { body: { email } });
    const { token } = await auth.queues.hear(passwordResetRequested, (data) => data.email === email);
    const chosen = 'another long sentence of mine';
    const answer = await auth.request('POST', '/password/reset', { body: { token, password: chosen, password_confirm: chosen } });
    expect(await devicesOf(id)).toHaveLength(1);
    expect(cookieOf(await signIn(email, { cookie: cookieOf(answer) }, chosen))).toBe(cookieOf(answer));
    expect(tokensIn(cookieOf(await signIn(email, { cookie: before }, chosen)))[0]).not.toBe(tokensIn(before)[0]);
  });

  it('after 400 days without a sign-in', async () => {
    const { id, email } = await auth.people.member();
    await signIn(email);
    await auth.engines.superuser.query(`update auth.devices set created_at = now() - interval '401 days', expires_at = now() - interval '1 day' where account_id = $1`, [id]);
    await auth.app.get(RetentionJob).run();
    expect(await devicesOf(id)).toEqual([]);
  });
});

describe('the person is told by mail', () => {
  it('of a sign-in from a device that is new, and of neither the first nor those from known ones', async () => {
    const { id, email } = await auth.people.member();
    const cookie = cookieOf(await signIn(email));
    await signIn(email, { cookie });
    expect(await noticesTo(id)).toBe(0);
    await signIn(email);
    const notice = await auth.queues.hear(newDeviceSignedIn, ({ user_id }) => user_id === id);
    expect(notice).toMatchObject({ email, device: 'Firefox on Linux' });
    expect(Date.parse(notice.signed_in_at)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('again after a sign-in from a device that was forgotten', async () => {
    const { id, email } = await auth.people.member();
    const first = await signIn(email);
    await auth.request('POST', '/logout-all', { token: tokensOf(first).access });
    await signIn(email, { cookie: cookieOf(first) });
    await auth.queues.hear(newDeviceSignedIn, ({ user_id }) => user_id === id);
  });
});
