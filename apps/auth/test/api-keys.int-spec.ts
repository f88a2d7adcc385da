import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiKeyCreated, memberErased, organizationChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { newApiKey } from '@atrium/platform/auth-guard';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RetentionJob } from '../src/retention/retention.job.js';
import { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

let auth: AuthBench;
const knownSite = randomUUID();
/** The users service as auth asks it: it knows one site. */
const users = createServer((request, response) => {
  response.writeHead(request.url === `/api/v1/sites/${knownSite}` && request.headers.authorization ? 200 : 404).end('{}');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => users.listen(0, '127.0.0.1', resolve));
  auth = await AuthBench.start({ LIMIT_SCALE: '1000', USERS_URL: `http://127.0.0.1:${(users.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await auth?.stop();
  users.close();
});

const everything = ['api_keys.manage', 'api_keys.read', 'assets.create', 'assets.read', 'users.read'];
const query = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await auth.engines.superuser.query<Row>(sql, values)).rows;

/** Somebody who holds these permissions for the whole of a new (or that) organization. */
async function person(permissions: readonly string[] = everything, orgId?: string) {
  const { id, email } = await auth.people.verified();
  const org = await auth.people.join(id, 'role', orgId);
  await auth.people.change(id, org, 2, [{ name: 'role', site_id: null, permissions: [...permissions] }]);
  return { id, orgId: org, email, token: tokensOf(await auth.people.login(email)).access };
}
type Somebody = Awaited<ReturnType<typeof person>>;

const make = (token: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  auth.request('POST', '/api-keys', { token, body: { name: 'CI', permissions: ['assets.read'], ...body }, headers });
const made = async (token: string, body: Record<string, unknown> = {}): Promise<{ id: string; key: string }> => {
  const answer = await make(token, body);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json as { id: string; key: string };
};
const exchange = async (body: unknown) => {
  const answer = await auth.app.inject({ method: 'POST', url: '/internal/api-keys/exchange', payload: body as object });
  return { status: answer.statusCode, json: answer.json() as Record<string, unknown>, headers: answer.headers };
};
const tokenOf = async (key: string): Promise<string> => String((await exchange({ key })).json['access_token']);
const codeOf = ({ json }: { json: Record<string, unknown> }): unknown => (json['error'] as { code?: string } | undefined)?.code;

describe('an API key', () => {
  it('is told of by mail when it is made', async () => {
    const ann = await person();
    const { json } = await make(ann.token, { name: 'Nightly build' });
    const notice = await auth.queues.hear(apiKeyCreated, ({ user_id }) => user_id === ann.id);
    expect(notice).toMatchObject({ email: ann.email, key_name: 'Nightly build', valid_until: json['expires_at'] });
    expect(JSON.stringify(notice)).not.toContain(json['key']);
  });

  it('is not made by a session that has ended, as by a new password', async () => {
    const ann = await person();
    await query(`update auth.sessions set ended_at = now(), end_reason = 'password_reset' where account_id = $1`, [ann.id]);
    expect([(await make(ann.token)).status, await query('select 1 from auth.api_keys where user_id = $1', [ann.id])]).toEqual([401, []]);
  });

  it('is shown once, and stored as a hash', async () => {
    const ann = await person();
    const answer = await make(ann.token, { name: ' Nightly build ', permissions: ['users.read', 'assets.read', 'users.read'] });
    expect(answer).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    const { id, key, prefix, ...rest } = answer.json as Record<string, string>;
    expect(key).toMatch(/^atr_live_/);
    expect(key?.startsWith(prefix ?? '?')).toBe(true);
    expect(rest).toMatchObject({ name: 'Nightly build', user_id: ann.id, permissions: ['assets.read', 'users.read'], site_id: null, last_used_at: null });
    const days = (Date.parse(rest['expires_at'] ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    const [row] = await query(`select * from auth.api_keys where id = $1`, [id]);
    expect(JSON.stringify(row)).not.toContain(key);
    expect(JSON.stringify((await auth.request('GET', '/api-keys', { token: ann.token })).json)).not.toContain(key);
    expect(auth.logs.join('')).not.toContain(key);
  });

  it('is made once per idempotency key, which does not keep it', async () => {
    const ann = await person();
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [await make(ann.token, {}, headers), await make(ann.token, {}, headers)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json).toEqual({ ...first.json, key: null });
    const kept = await query(`select * from auth.idempotency_keys where key = $1`, [headers['idempotency-key']]);
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(String(first.json['key']).slice(15));
    expect((await exchange({ key: first.json['key'] })).status).toBe(200);
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
    const ann = await person();
    const answer = await make(ann.token, body);
    expect(`${answer.status} ${String(codeOf(answer))}`).toBe(verdict);
  });

  it('is made for a site by whoever holds the permissions there', async () => {
    const ann = await person();
    const { key } = await made(ann.token, { site_id: knownSite });
    expect(decodeJwt(await tokenOf(key))).toMatchObject({ permissions: [], site_ids: [knownSite], site_permissions: { [knownSite]: ['assets.read'] } });
    const shop = randomUUID();
    await auth.people.change(ann.id, ann.orgId, 3, [{ name: 'editor', site_id: shop, permissions: ['assets.read'] }]);
    const token = tokensOf(await auth.people.login(ann.email)).access;
    expect((await make(token, { site_id: shop })).status).toBe(201);
    expect((await make(token, { site_id: knownSite })).status).toBe(404);
    expect((await make(token)).status).toBe(403);
    // What was given for one site while more was held is no more than what is held now.
    expect(decodeJwt(await tokenOf(key))).toMatchObject({ site_permissions: { [knownSite]: [] } });
  });

  it('takes a sign-in of the last ten minutes', async () => {
    const ann = await person();
    await query(`update auth.sessions set authenticated_at = now() - interval '11 minutes' where account_id = $1`, [ann.id]);
    expect(codeOf(await make(ann.token))).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('is one of a hundred at most, also for parallel requests', async () => {
    const ann = await person();
    const { id } = await made(ann.token);
    await query(
      `insert into auth.api_keys (org_id, id, user_id, prefix, hash, name, permissions, expires_at)
       select org_id, gen_random_uuid(), user_id, prefix, sha256(n::text::bytea || $1::text::bytea), name, permissions, expires_at
       from auth.api_keys, generate_series(1, 98) n where id = $1::uuid`,
      [id],
    );
    const statuses = (await Promise.all([1, 2, 3].map(() => make(ann.token)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409, 409]);
  });
});

describe('the exchange', () => {
  it('gives a short token that says what it is, with what the key and its owner both may', async () => {
    const ann = await person(['assets.read', 'assets.create']);
    const { id, key } = await made(ann.token, { permissions: ['assets.read', 'assets.create'] });
    const answer = await exchange({ key });
    expect(answer).toMatchObject({ status: 200, json: { expires_in: 300 }, headers: { 'cache-control': 'no-store' } });
    const claims = decodeJwt(String(answer.json['access_token']));
    expect(claims).toMatchObject({ kind: 'api_key', sub: ann.id, sid: id, org_id: ann.orgId, roles: [], permissions: ['assets.create', 'assets.read'], mv: 2 });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
    await auth.people.change(ann.id, ann.orgId, 3, [{ name: 'viewer', site_id: null, permissions: ['assets.read', 'users.read'] }]);
    expect(decodeJwt(await tokenOf(key))).toMatchObject({ permissions: ['assets.read'], mv: 3 });
  });

  it('never outlives the key', async () => {
    const ann = await person();
    const { key } = await made(ann.token, { expires_at: new Date(Date.now() + 60_000).toISOString() });
    const { json } = await exchange({ key });
    expect(Number(json['expires_in'])).toBeLessThanOrEqual(60);
  });

  it('remembers the minute of the last use', async () => {
    const ann = await person();
    const { id, key } = await made(ann.token);
    await exchange({ key });
    const used = await until('the last use', async () => (await query<{ last_used_at: Date | null }>(`select last_used_at from auth.api_keys where id = $1`, [id]))[0]?.last_used_at ?? undefined);
    expect(used.getTime() % 60_000).toBe(0);
    expect(Date.now() - used.getTime()).toBeLessThan(120_000);
  });

  it('refuses what is no key, unknown, expired or deleted alike', async () => {
    const ann = await person();
    const [expired, deleted] = [await made(ann.token), await made(ann.token)];
    await query(`update auth.api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 second' where id = $1`, [expired.id]);
    expect((await auth.request('DELETE', `/api-keys/${deleted.id}`, { token: ann.token })).status).toBe(204);
    const answers = await Promise.all(['atr_live_x', ann.token, newApiKey(), expired.key, deleted.key].map((key) => exchange({ key: key.slice(0, 128) })));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(401));
    expect(new Set(answers.map(({ json }) => (json['error'] as { message: string }).message)).size).toBe(1);
    for (const body of [{}, { key: 1 }, { key: 'x'.repeat(129) }, { key: expired.key, more: 1 }]) expect((await exchange(body)).status).toBe(400);
  });

  it('refuses the key of a disabled account, of a former member, and of a deleted organization', async () => {
    const ann = await person();
    const { key } = await made(ann.token);
    await query(`update auth.accounts set status = 'disabled' where id = $1`, [ann.id]);
    expect((await exchange({ key })).status).toBe(401);
    await query(`update auth.accounts set status = 'active' where id = $1`, [ann.id]);
    expect((await exchange({ key })).status).toBe(200);
    await auth.people.change(ann.id, ann.orgId, 3, []);
    expect((await exchange({ key })).status).toBe(401);
    const bob = await person();
    const bobs = await made(bob.token);
    await auth.queues.publish(organizationChanged, { org_id: bob.orgId, name: 'Gone', version: 2, deleted: true }, bob.orgId);
    await until('the end of the key', async () => (await exchange({ key: bobs.key })).status === 401);
  });

  it('leaves a line in the audit log when a key is made, deleted, and refused for the first time within an hour', async () => {
    const ann = await person();
    const record = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const { id, key } = await made(ann.token);
    await auth.request('DELETE', `/api-keys/${id}`, { token: ann.token });
    await exchange({ key });
    await exchange({ key });
    const lines = record.mock.calls.filter(([, line]) => line.resource?.id === id);
    record.mockRestore();
    expect(lines.map(([, { action, outcome }, scope]) => ({ action, outcome, ...scope }))).toEqual([
      { action: 'api_key.created', outcome: undefined, orgId: ann.orgId },
      { action: 'api_key.deleted', outcome: undefined, orgId: ann.orgId },
      { action: 'api_key.refused', outcome: 'denied', orgId: ann.orgId },
    ]);
    expect(lines.at(-1)?.[1]).toMatchObject({ actor: { kind: 'api_key', id }, details: { reason: 'deleted', user_id: ann.id } });
    expect(JSON.stringify(lines.map(([, line]) => line))).not.toContain(key);
  });
});

describe('the token of a key', () => {
  it('tells whose it is, of its own organization alone', async () => {
    const ann = await person();
    await auth.people.join(ann.id, 'viewer');
    const { key } = await made(ann.token);
    const answer = await auth.request('GET', '/me', { token: await tokenOf(key) });
    expect(answer.json).toMatchObject({ id: ann.id, org_id: ann.orgId, roles: [], permissions: ['assets.read'] });
    expect((answer.json['organizations'] as { id: string }[]).map(({ id }) => id)).toEqual([ann.orgId]);
  });

  it('is refused wherever a person is wanted', async () => {
    const ann = await person();
    const { id, key } = await made(ann.token, { permissions: everything });
    const token = await tokenOf(key);
    const requests = [
      ['POST', '/api-keys', { name: 'More', permissions: ['assets.read'] }],
      ['GET', '/api-keys'],
      ['DELETE', `/api-keys/${id}`],
      ['GET', '/sessions'],
      ['DELETE', `/sessions/${String(decodeJwt(ann.token)['sid'])}`],
      ['POST', '/logout'],
      ['POST', '/logout-all'],
      ['POST', '/switch-org', { org_id: ann.orgId }],
      ['POST', '/password/change', { current_password: 'x', password: 'a long sentence of mine', password_confirm: 'a long sentence of mine' }],
    ] as const;
    for (const [method, url, body] of requests) {
      const answer = await auth.request(method, url, { token, ...(body ? { body } : {}) });
      expect(`${method} ${url} ${answer.status} ${String(codeOf(answer))}`).toBe(`${method} ${url} 403 FORBIDDEN`);
    }
    expect((await auth.request('GET', '/me', { token: ann.token })).status).toBe(200);
  });

  it('is what the service takes: the key itself is a 401', async () => {
    const ann = await person();
    const { key } = await made(ann.token);
    expect((await auth.request('GET', '/me', { token: key })).status).toBe(401);
    expect((await auth.request('GET', `/me?api_key=${key}`)).status).toBe(401);
    expect((await auth.request('GET', '/me', { headers: { 'x-api-key': key } })).status).toBe(401);
  });

  it('dies with the key, also when a crash kept that from the other services', async () => {
    const ann = await person();
    const { id, key } = await made(ann.token);
    const token = await tokenOf(key);
    await auth.request('DELETE', `/api-keys/${id}`, { token: ann.token });
    expect((await auth.request('GET', '/me', { token })).status).toBe(401);
    const subject = `session ${id}`;
    await query('delete from state.revocations where subject = $1 returning subject', [subject]);
    await auth.restart();
    await until('the announcement', async () => (await query('select 1 from state.revocations where subject = $1', [subject])).length === 1);
  });
});

describe("API keys of an organization", () => {
  const list = async ({ token }: Pick<Somebody, 'token'>, page = '') =>
    ((await auth.request('GET', `/api-keys${page}`, { token })).json as { data: { id: string; user_id: string }[]; pagination: unknown });

  it("are one's own, or everybody's with the right to see them", async () => {
    const ann = await person();
    const bob = await person(['assets.read'], ann.orgId);
    const eve = await person();
    const [anns, bobs, eves] = [await made(ann.token), await made(bob.token), await made(eve.token)];
    expect((await list(bob)).data.map(({ id }) => id)).toEqual([bobs.id]);
    expect((await list(ann)).data.map(({ id }) => id)).toEqual([bobs.id, anns.id]);
    expect(await list(ann, '?page=2&page_size=1')).toMatchObject({ data: [{ id: anns.id }], pagination: { total_count: 2, total_pages: 2 } });
    const remove = async (by: Somebody, id: string) => (await auth.request('DELETE', `/api-keys/${id}`, { token: by.token })).status;
    expect([await remove(bob, anns.id), await remove(ann, eves.id), await remove(eve, anns.id)]).toEqual([404, 404, 404]);
    expect(await remove(ann, bobs.id)).toBe(204);
    expect(await remove(ann, bobs.id)).toBe(404);
    expect((await exchange({ key: bobs.key })).status).toBe(401);
    expect((await list(ann)).data.map(({ id }) => id)).toEqual([anns.id]);
  });

  it('are forgotten with their owner', async () => {
    const ann = await person();
    const { id } = await made(ann.token);
    await auth.queues.publish(memberErased, { org_id: ann.orgId, user_id: ann.id, version: 9 }, ann.orgId);
    await until('the end of the key', async () => (await query('select 1 from auth.api_keys where id = $1', [id])).length === 0);
  });

  it('are forgotten 30 days after their end', async () => {
    const ann = await person();
    const [live, fresh, expired, deleted] = [await made(ann.token), await made(ann.token), await made(ann.token), await made(ann.token)];
    await query(`update auth.api_keys set deleted_at = now() - interval '29 days' where id = $1`, [fresh.id]);
    await query(`update auth.api_keys set created_at = now() - interval '90 days', expires_at = now() - interval '31 days' where id = $1`, [expired.id]);
    await query(`update auth.api_keys set deleted_at = now() - interval '31 days' where id = $1`, [deleted.id]);
    await until('the retention job', () => auth.app.get(RetentionJob).run());
    const left = await query<{ id: string }>('select id from auth.api_keys where user_id = $1', [ann.id]);
    expect(left.map(({ id }) => id).sort()).toEqual([live.id, fresh.id].sort());
  });

  it('are shown to nobody without a tenant', async () => {
    const ann = await person();
    const { id } = await made(ann.token);
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
