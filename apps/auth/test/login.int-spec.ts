import { hash } from '@node-rs/argon2';
import { userLoggedIn } from '@atrium/contracts/domain-events';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { newEmail, password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start({});
});
afterAll(() => auth?.stop());

const wrong = { password: 'not the password' };
/** What a caller sees, without what differs in every answer. */
const seen = ({ status, json, headers }: Answer) => ({
  status,
  body: { ...(json['error'] as object), request_id: '' },
  headers: Object.keys(headers).sort(),
});
const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];

describe('signing in', () => {
  it('answers tokens, the person, and tells of the sign-in', async () => {
    const { id, email } = await auth.people.member();
    const answer = await auth.people.login(email);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 900, user: { id, email, roles: ['org_admin'] } });
    expect(answer.headers['cache-control']).toBe('no-store');
    await auth.queues.hear(userLoggedIn, (data) => data.user_id === id);
  });

  it('looks the same for an unknown address, a wrong password and an unverified account with a wrong password', async () => {
    const { email } = await auth.people.member();
    const unverified = newEmail();
    await auth.people.register(unverified);
    const answers = [await auth.people.login(newEmail(), wrong), await auth.people.login(email, wrong), await auth.people.login(unverified, wrong)].map(seen);
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect(answers).toEqual(Array(3).fill(answers[0]));
  });

  it('hashes for an unknown address too', async () => {
    const { email } = await auth.people.member();
    const timed = async (address: string): Promise<number> => {
      const begun = performance.now();
      await auth.people.login(address, wrong);
      return performance.now() - begun;
    };
    const [known, unknown] = [[await timed(email), await timed(email)], [await timed(newEmail()), await timed(newEmail())]];
    expect(Math.max(...unknown)).toBeGreaterThan(Math.min(...known) / 4);
  });

  it('tells of an unverified or disabled account only to its right password', async () => {
    const unverified = newEmail();
    await auth.people.register(unverified);
    expect(codeOf(await auth.people.login(unverified))).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    const { id, email } = await auth.people.member();
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [id]);
    expect(codeOf(await auth.people.login(email))).toEqual([403, 'ACCOUNT_DISABLED']);
    expect(codeOf(await auth.people.login(email, wrong))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('is for the organization asked for, then for the one used last', async () => {
    const { id, email, orgId } = await auth.people.member();
    const other = await auth.people.join(id, 'viewer');
    const orgOf = async (extra: object) => decodeJwt(tokensOf(await auth.people.login(email, { ...extra })).access)['org_id'];
    expect(await orgOf({ org_id: other })).toBe(other);
    expect(await orgOf({})).toBe(other);
    expect(await orgOf({ org_id: orgId })).toBe(orgId);
  });

  it('to an organization of others is refused as wrong credentials', async () => {
    const { email } = await auth.people.member();
    const { orgId } = await auth.people.member();
    expect(codeOf(await auth.people.login(email, { org_id: orgId }))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('names no organization while none has the person, and gets it at the next refresh', async () => {
    const { id, email } = await auth.people.verified();
    const first = tokensOf(await auth.people.login(email));
    expect(decodeJwt(first.access)).toMatchObject({ org_id: null, mv: 0, permissions: [] });
    expect((await auth.request('GET', '/me', { token: first.access })).json).toMatchObject({ org_id: null, organizations: [] });
    const orgId = await auth.people.join(id, 'org_admin');
    const next = tokensOf(await auth.people.refresh(first.refresh)).access;
    expect(decodeJwt(next)['org_id']).toBe(orgId);
    expect((await auth.request('GET', '/me', { token: next })).json).toMatchObject({
      org_id: orgId,
      organizations: [{ id: orgId, roles: ['org_admin'] }],
    });
  });

  it('replaces a hash that was made with weaker parameters', async () => {
    const { id, email } = await auth.people.member();
    await auth.engines.superuser.query('update auth.accounts set password_hash = $2 where id = $1', [id, await hash(password, { memoryCost: 8_192, timeCost: 1 })]);
    expect((await auth.people.login(email)).status).toBe(200);
    const { rows } = await auth.engines.superuser.query<{ password_hash: string }>('select password_hash from auth.accounts where id = $1', [id]);
    expect(rows[0]?.password_hash).toContain('m=19456,t=2,p=1');
    expect((await auth.people.login(email)).status).toBe(200);
  });
});
