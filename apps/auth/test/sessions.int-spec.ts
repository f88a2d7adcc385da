import { accessTokenClaims } from '@atrium/contract-kit';
import { decodeJwt } from 'jose';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

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
/** Makes what happened in the session look older. */
const age = (refreshToken: string, seconds: number) =>
  auth.engines.superuser.query(
    `update auth.refresh_tokens set rotated_at = rotated_at - make_interval(secs => $2)
     where session_id = (select session_id from auth.refresh_tokens where hash = sha256(convert_to($1, 'UTF8')))`,
    [refreshToken, seconds],
  );

describe('refreshing', () => {
  it('rotates the token and keeps the session', async () => {
    const first = await signIn();
    const second = tokensOf(await auth.people.refresh(first.refresh));
    expect(second.refresh).not.toBe(first.refresh);
    expect(decodeJwt(second.access)['sid']).toBe(decodeJwt(first.access)['sid']);
    expect((await me(second.access)).status).toBe(200);
  });

  it('gives twenty parallel callers the same successor, and the family lives', async () => {
    const { refresh } = await signIn();
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.people.refresh(refresh)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const successors = new Set(answers.map((answer) => tokensOf(answer).refresh));
    expect(successors.size).toBe(1);
    expect((await auth.people.refresh([...successors][0] ?? '')).status).toBe(200);
  });

  it('gives the immediate predecessor the same successor for ten seconds, and not longer', async () => {
    const { refresh } = await signIn();
    const successor = tokensOf(await auth.people.refresh(refresh)).refresh;
    await age(refresh, 9);
    expect(tokensOf(await auth.people.refresh(refresh)).refresh).toBe(successor);
    await age(refresh, 2);
    expect((await auth.people.refresh(refresh)).status).toBe(401);
    expect((await auth.people.refresh(successor)).status).toBe(401);
  });

  it('ends the whole session when a token comes back whose successor was used, with an alarm', async () => {
    const first = await signIn();
    const second = tokensOf(await auth.people.refresh(first.refresh));
    const third = tokensOf(await auth.people.refresh(second.refresh));
    const reused = await auth.people.refresh(first.refresh);
    expect([reused.status, (reused.json['error'] as { code: string }).code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await auth.people.refresh(third.refresh)).status).toBe(401);
    expect((await me(third.access)).status).toBe(401);
    const alarm = auth.logs.find((line) => line.includes('session.reuse_detected') && line.includes(String(decodeJwt(first.access)['sid'])));
    expect(alarm).toBeDefined();
    for (const secret of [first.refresh, second.refresh, third.refresh, first.email]) expect(auth.logs.join('')).not.toContain(secret);
  });

  it('knows a reused token after a restart, and honours the live one', async () => {
    const first = await signIn();
    const other = await signIn();
    const second = tokensOf(await auth.people.refresh(first.refresh));
    const third = tokensOf(await auth.people.refresh(second.refresh));
    await auth.restart();
    expect((await auth.people.refresh(other.refresh)).status).toBe(200);
    expect((await auth.people.refresh(first.refresh)).status).toBe(401);
    expect((await auth.people.refresh(third.refresh)).status).toBe(401);
  });

  it('stores no token in clear, and erases what a successor is derived from', async () => {
    const first = await signIn();
    const second = tokensOf(await auth.people.refresh(first.refresh));
    await auth.people.refresh(second.refresh);
    const { rows } = await auth.engines.superuser.query<{ hash: Buffer; successor_salt: Buffer | null; generation: number }>(
      `select hash, successor_salt, generation from auth.refresh_tokens where session_id = $1 order by generation`,
      [decodeJwt(first.access)['sid']],
    );
    expect(rows.map((row) => [row.generation, row.successor_salt !== null])).toEqual([[1, false], [2, true], [3, false]]);
    expect(JSON.stringify(rows)).not.toContain(first.refresh);
  });

  it('refuses unknown, expired and ended ones alike', async () => {
    const { refresh, access } = await signIn();
    await auth.engines.superuser.query(`update auth.sessions set created_at = now() - interval '8 days', expires_at = now() - interval '1 second' where id = $1`, [decodeJwt(access)['sid']]);
    const answers = [await auth.people.refresh(refresh), await auth.people.refresh('x'.repeat(43))];
    expect(answers.map(({ status, json }) => [status, (json['error'] as { code: string }).code])).toEqual(Array(2).fill([401, 'INVALID_CREDENTIALS']));
  });

  it('races a logout without leaving anything alive', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { access, refresh } = await signIn();
      const [, refreshed] = await Promise.all([auth.request('POST', '/logout', { token: access }), auth.people.refresh(refresh)]);
      if (refreshed.status === 200) {
        const next = tokensOf(refreshed);
        expect((await me(next.access)).status).toBe(401);
        expect((await auth.people.refresh(next.refresh)).status).toBe(401);
      }
      expect((await auth.people.refresh(refresh)).status).toBe(401);
    }
  });

  it('answers ACCOUNT_DISABLED to a disabled person', async () => {
    const { id, refresh } = await signIn();
    await auth.engines.superuser.query(`update auth.accounts set status = 'disabled' where id = $1`, [id]);
    expect((await auth.people.refresh(refresh)).status).toBe(403);
  });
});

describe('sessions', () => {
  it('are listed newest first, with the current one marked', async () => {
    const person = await auth.people.member();
    const first = tokensOf(await auth.request('POST', '/login', { body: { email: person.email, password: 'correct horse battery staple 42' }, headers: { 'user-agent': 'Phone' } }));
    const second = tokensOf(await auth.people.login(person.email));
    const { json } = await auth.request('GET', '/sessions', { token: first.access });
    expect(json['data']).toMatchObject([
      { id: decodeJwt(second.access)['sid'], current: false },
      { id: decodeJwt(first.access)['sid'], current: true, user_agent: 'Phone' },
    ]);
  });

  it('can be ended one by one by their owner, and by nobody else', async () => {
    const stranger = await signIn();
    const person = await auth.people.member();
    const [first, second] = [tokensOf(await auth.people.login(person.email)), tokensOf(await auth.people.login(person.email))];
    const id = String(decodeJwt(second.access)['sid']);
    expect((await auth.request('DELETE', `/sessions/${id}`, { token: stranger.access })).status).toBe(404);
    expect((await auth.request('DELETE', `/sessions/${id}`, { token: first.access })).status).toBe(204);
    expect((await me(second.access)).status).toBe(401);
    expect((await auth.people.refresh(second.refresh)).status).toBe(401);
    expect((await me(first.access)).status).toBe(200);
  });

  it('all end with logout-all', async () => {
    const person = await auth.people.member();
    const all = [tokensOf(await auth.people.login(person.email)), tokensOf(await auth.people.login(person.email))];
    expect((await auth.request('POST', '/logout-all', { token: all[0]?.access ?? '' })).status).toBe(204);
    for (const { access, refresh } of all) {
      expect((await me(access)).status).toBe(401);
      expect((await auth.people.refresh(refresh)).status).toBe(401);
    }
  });

  it('end in the database and for all services when they are logged out', async () => {
    const { access, refresh } = await signIn();
    const sid = String(decodeJwt(access)['sid']);
    expect((await auth.request('POST', '/logout', { token: access, body: { refresh_token: refresh } })).status).toBe(204);
    const { rows } = await auth.engines.superuser.query(`select end_reason from auth.sessions where id = $1`, [sid]);
    expect(rows).toEqual([{ end_reason: 'logout' }]);
    const revocation = await auth.engines.superuser.query(`select 1 from state.revocations where subject like '%' || $1`, [sid]);
    expect(revocation.rowCount).toBe(1);
  });

  it('that ended shortly before a crash are announced again at the next start', async () => {
    const { access } = await signIn();
    const subject = `session ${String(decodeJwt(access)['sid'])}`;
    await auth.request('POST', '/logout', { token: access });
    await auth.engines.superuser.query('delete from state.revocations where subject = $1', [subject]);
    await auth.restart();
    await until('the announcement', async () => (await auth.engines.superuser.query('select 1 from state.revocations where subject = $1', [subject])).rowCount === 1);
  });

  it('move to another organization of the person, and to no other', async () => {
    const { id, orgId, access, refresh } = await signIn();
    const stranger = await auth.people.member();
    const otherOrg = await auth.people.join(id, 'viewer');
    expect((await auth.request('POST', '/switch-org', { token: access, body: { org_id: stranger.orgId } })).status).toBe(404);
    const moved = tokensOf(await auth.request('POST', '/switch-org', { token: access, body: { org_id: otherOrg } }));
    expect(decodeJwt(moved.access)).toMatchObject({ org_id: otherOrg, roles: ['viewer'], sid: decodeJwt(access)['sid'] });
    expect(decodeJwt(tokensOf(await auth.people.refresh(moved.refresh)).access)['org_id']).toBe(otherOrg);
    expect((await auth.people.refresh(refresh)).status).toBe(401);
    expect(orgId).not.toBe(otherOrg);
  });
});

describe('access tokens', () => {
  it('carry exactly the claims of the contract', async () => {
    const { id, orgId, access } = await signIn();
    const claims = decodeJwt(access);
    // Those of API keys and client apps are not in a person's.
    const ofPeople = Object.keys(accessTokenClaims.shape).filter((name) => name !== 'kind' && name !== 'client_id');
    expect(Object.keys(claims).sort()).toEqual(ofPeople.sort());
    expect(accessTokenClaims.parse(claims)).toMatchObject({ sub: id, org_id: orgId, roles: ['org_admin'], permissions: ['users.read'], mv: 1 });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
  });

  it('die when the membership changes, and a refresh brings the new roles', async () => {
    const { id, orgId, access, refresh } = await signIn();
    await auth.people.change(id, orgId, 2, [{ name: 'viewer', site_id: null, permissions: ['sites.read'] }]);
    await until('the end of the token', async () => (await me(access)).status === 401);
    const next = tokensOf(await auth.people.refresh(refresh)).access;
    expect(decodeJwt(next)).toMatchObject({ roles: ['viewer'], permissions: ['sites.read'], mv: 2 });
    expect((await me(next)).status).toBe(200);
  });

  it('name no organization any more when the person lost the only membership', async () => {
    const { id, orgId, access, refresh } = await signIn();
    await auth.people.change(id, orgId, 2, []);
    await until('the end of the token', async () => (await me(access)).status === 401);
    expect(decodeJwt(tokensOf(await auth.people.refresh(refresh)).access)).toMatchObject({ org_id: null, roles: [], permissions: [] });
  });
});
