import { randomUUID } from 'node:crypto';
import { apiKeyCreated, memberErased } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetentionJob } from '../src/retention/retention.job.js';
import { ApiKeyBench, codeOf, type Somebody } from './api-key-bench.js';
import type { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

let keys: ApiKeyBench;
let auth: AuthBench;

beforeAll(async () => {
  keys = await ApiKeyBench.start();
  ({ auth } = keys);
});
afterAll(() => keys?.stop());

describe('an API key', () => {
  it('is told of by mail when it is made', async () => {
    const ann = await keys.person();
    const { json } = await keys.make(ann.token, { name: 'Nightly build' });
    const notice = await auth.queues.hear(apiKeyCreated, ({ user_id }) => user_id === ann.id);
    expect(notice).toMatchObject({ email: ann.email, key_name: 'Nightly build', valid_until: json['expires_at'] });
    expect(JSON.stringify(notice)).not.toContain(json['key']);
  });

  it('is not made by a session that has ended, as by a new password', async () => {
    const ann = await keys.person();
    await keys.query(`update auth.sessions set ended_at = now(), end_reason = 'password_reset' where account_id = $1`, [ann.id]);
    expect([(await keys.make(ann.token)).status, await keys.query('select 1 from auth.api_keys where user_id = $1', [ann.id])]).toEqual([401, []]);
  });

  it('is shown once, and stored as a hash', async () => {
    const ann = await keys.person();
    const answer = await keys.make(ann.token, { name: ' Nightly build ', permissions: ['users.read', 'assets.read', 'users.read'] });
    expect(answer).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    const { id, key, prefix, ...rest } = answer.json as Record<string, string>;
    expect(key).toMatch(/^atr_live_/);
    expect(key?.startsWith(prefix ?? '?')).toBe(true);
    expect(rest).toMatchObject({ name: 'Nightly build', user_id: ann.id, permissions: ['assets.read', 'users.read'], site_id: null, last_used_at: null });
    const days = (Date.parse(rest['expires_at'] ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    const [row] = await keys.query(`select * from auth.api_keys where id = $1`, [id]);
    expect(JSON.stringify(row)).not.toContain(key);
    expect(JSON.stringify((await auth.request('GET', '/api-keys', { token: ann.token })).json)).not.toContain(key);
    expect(auth.logs.join('')).not.toContain(key);
  });

  it('is made once per idempotency key, which does not keep it', async () => {
    const ann = await keys.person();
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [await keys.make(ann.token, {}, headers), await keys.make(ann.token, {}, headers)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json).toEqual({ ...first.json, key: null });
    const kept = await keys.query(`select * from auth.idempotency_keys where key = $1`, [headers['idempotency-key']]);
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(String(first.json['key']).slice(15));
    expect((await keys.exchange({ key: first.json['key'] })).status).toBe(200);
  });

  it.each([
    ['a permission that there is not', { permissions: ['assets.eat'] }, '400 VALIDATION_ERROR'],
    ['no permission', { permissions: [] }, '400 VALIDATION_ERROR'],
    ['a permission that one lacks', { permissions: ['orgs.delete'] }, '403 FORBIDDEN'],
    ['an end in the past', { expires_at: '2020-01-01T00:00:00Z' }, '400 VALIDATION_ERROR'],
    ['an end after more than a year', { expires_at: new Date(Date.now() + 367 * 86_400_000).toISOString() }, '400 VALIDATION_ERROR'],
    ['no name', { name: '  ' }, '400 VALIDATION_ERROR'],
    ['a field too many', { org_id: randomUUID() }, '400 VALIDATION_ERROR'],
    ['a site that is not there', { site_id: randomUUID() }, '404 NOT_FOUND'],
  ])('is not made with %s', async (_, body, verdict) => {
    const ann = await keys.person();
    const answer = await keys.make(ann.token, body);
    expect(`${answer.status} ${String(codeOf(answer))}`).toBe(verdict);
  });

  it('is made for a site by whoever holds the permissions there', async () => {
    const ann = await keys.person();
    const { key } = await keys.made(ann.token, { site_id: keys.knownSite });
    expect(decodeJwt(await keys.tokenOf(key))).toMatchObject({ permissions: [], site_ids: [keys.knownSite], site_permissions: { [keys.knownSite]: ['assets.read'] } });
    const shop = randomUUID();
    await auth.people.change(ann.id, ann.orgId, 3, [{ name: 'editor', site_id: shop, permissions: ['assets.read'] }]);
    const token = tokensOf(await auth.people.login(ann.email)).access;
    expect((await keys.make(token, { site_id: shop })).status).toBe(201);
    expect((await keys.make(token, { site_id: keys.knownSite })).status).toBe(404);
    expect((await keys.make(token)).status).toBe(403);
    // What was given for one site while more was held is no more than what is held now.
    expect(decodeJwt(await keys.tokenOf(key))).toMatchObject({ site_permissions: { [keys.knownSite]: [] } });
  });

  it('takes a sign-in of the last ten minutes', async () => {
    const ann = await keys.person();
    await keys.query(`update auth.sessions set authenticated_at = now() - interval '11 minutes' where account_id = $1`, [ann.id]);
    expect(codeOf(await keys.make(ann.token))).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('is one of a hundred at most, also for parallel requests', async () => {
    const ann = await keys.person();
    const { id } = await keys.made(ann.token);
    await keys.query(
      `insert into auth.api_keys (org_id, id, user_id, prefix, hash, name, permissions, expires_at)
       select org_id, gen_random_uuid(), user_id, prefix, sha256(n::text::bytea || $1::text::bytea), name, permissions, expires_at
       from auth.api_keys, generate_series(1, 98) n where id = $1::uuid`,
      [id],
    );
    const statuses = (await Promise.all([1, 2, 3].map(() => keys.make(ann.token)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409, 409]);
  });
});

describe("API keys of an organization", () => {
  const list = async ({ token }: Pick<Somebody, 'token'>, page = '') =>
    ((await auth.request('GET', `/api-keys${page}`, { token })).json as { data: { id: string; user_id: string }[]; pagination: unknown });

  it("are one's own, or everybody's with the right to see them", async () => {
    const ann = await keys.person();
    const bob = await keys.person(['assets.read'], ann.orgId);
    const eve = await keys.person();
    const [anns, bobs, eves] = [await keys.made(ann.token), await keys.made(bob.token), await keys.made(eve.token)];
    expect((await list(bob)).data.map(({ id }) => id)).toEqual([bobs.id]);
    expect((await list(ann)).data.map(({ id }) => id)).toEqual([bobs.id, anns.id]);
    expect(await list(ann, '?page=2&page_size=1')).toMatchObject({ data: [{ id: anns.id }], pagination: { total_count: 2, total_pages: 2 } });
    const remove = async (by: Somebody, id: string) => (await auth.request('DELETE', `/api-keys/${id}`, { token: by.token })).status;
    expect([await remove(bob, anns.id), await remove(ann, eves.id), await remove(eve, anns.id)]).toEqual([404, 404, 404]);
    expect(await remove(ann, bobs.id)).toBe(204);
    expect(await remove(ann, bobs.id)).toBe(404);
    expect((await keys.exchange({ key: bobs.key })).status).toBe(401);
    expect((await list(ann)).data.map(({ id }) => id)).toEqual([anns.id]);
  });

  it('are forgotten with their owner', async () => {
    const ann = await keys.person();
    const { id } = await keys.made(ann.token);
    await auth.queues.publish(memberErased, { org_id: ann.orgId, user_id: ann.id, version: 9 }, ann.orgId);
    await until('the end of the key', async () => (await keys.query('select 1 from auth.api_keys where id = $1', [id])).length === 0);
  });

  it('are forgotten 30 days after their end', async () => {
    const ann = await keys.person();
    const [live, fresh, expired, deleted] = [await keys.made(ann.token), await keys.made(ann.token), await keys.made(ann.token), await keys.made(ann.token)];
    await keys.query(`update auth.api_keys set deleted_at = now() - interval '29 days' where id = $1`, [fresh.id]);
    await keys.query(`update auth.api_keys set created_at = now() - interval '90 days', expires_at = now() - interval '31 days' where id = $1`, [expired.id]);
    await keys.query(`update auth.api_keys set deleted_at = now() - interval '31 days' where id = $1`, [deleted.id]);
    await until('the retention job', () => auth.app.get(RetentionJob).run());
    const left = await keys.query<{ id: string }>('select id from auth.api_keys where user_id = $1', [ann.id]);
    expect(left.map(({ id }) => id).sort()).toEqual([live.id, fresh.id].sort());
  });

  it('are shown to nobody without a tenant', async () => {
    const ann = await keys.person();
    const { id } = await keys.made(ann.token);
    const connection = await auth.engines.superuser.connect();
    const seenFrom = async (orgId: string) => {
      await connection.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      return (await connection.query<{ id: string }>('select id from auth.api_keys')).rows.map((row) => row.id);
    };
    await connection.query('begin');
    await connection.query('set local role auth_app');
    expect([await seenFrom(''), await seenFrom(randomUUID()), await seenFrom(ann.orgId)]).toEqual([[], [], [id]]);
    await connection.query('rollback');
    connection.release();
  });
});
