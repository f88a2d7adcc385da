import { organizationChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { newApiKey } from '@atrium/platform/auth-guard';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiKeyBench, codeOf, everything } from './api-key-bench.js';
import type { AuthBench } from './auth-bench.js';

let keys: ApiKeyBench;
let auth: AuthBench;

beforeAll(async () => {
  keys = await ApiKeyBench.start();
  ({ auth } = keys);
});
afterAll(() => keys?.stop());

describe('the exchange', () => {
  it('gives a short token that says what it is, with what the key and its owner both may', async () => {
    const ann = await keys.person(['assets.read', 'assets.create']);
    const { id, key } = await keys.made(ann.token, { permissions: ['assets.read', 'assets.create'] });
    const answer = await keys.exchange({ key });
    expect(answer).toMatchObject({ status: 200, json: { expires_in: 300 }, headers: { 'cache-control': 'no-store' } });
    const claims = decodeJwt(String(answer.json['access_token']));
    expect(claims).toMatchObject({ kind: 'api_key', sub: ann.id, sid: id, org_id: ann.orgId, roles: [], permissions: ['assets.create', 'assets.read'], mv: 2 });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
    await auth.people.change(ann.id, ann.orgId, 3, [{ name: 'viewer', site_id: null, permissions: ['assets.read', 'users.read'] }]);
    expect(decodeJwt(await keys.tokenOf(key))).toMatchObject({ permissions: ['assets.read'], mv: 3 });
  });

  it('never outlives the key', async () => {
    const ann = await keys.person();
    const { key } = await keys.made(ann.token, { expires_at: new Date(Date.now() + 60_000).toISOString() });
    const { json } = await keys.exchange({ key });
    expect(Number(json['expires_in'])).toBeLessThanOrEqual(60);
  });

  it('remembers the minute of the last use', async () => {
    const ann = await keys.person();
    const { id, key } = await keys.made(ann.token);
    await keys.exchange({ key });
    const used = await until('the last use', async () => (await keys.query<{ last_used_at: Date | null }>(`select last_used_at from auth.api_keys where id = $1`, [id]))[0]?.last_used_at ?? undefined);
    expect(used.getTime() % 60_000).toBe(0);
    expect(Date.now() - used.getTime()).toBeLessThan(120_000);
  });

  it('refuses what is no key, unknown, expired or deleted alike', async () => {
    const ann = await keys.person();
    const [expired, deleted] = [await keys.made(ann.token), await keys.made(ann.token)];
    await keys.query(`update auth.api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 second' where id = $1`, [expired.id]);
    expect((await auth.request('DELETE', `/api-keys/${deleted.id}`, { token: ann.token })).status).toBe(204);
    const answers = await Promise.all(['atr_live_x', ann.token, newApiKey(), expired.key, deleted.key].map((key) => keys.exchange({ key: key.slice(0, 128) })));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(401));
    expect(new Set(answers.map(({ json }) => (json['error'] as { message: string }).message)).size).toBe(1);
    for (const body of [{}, { key: 1 }, { key: 'x'.repeat(129) }, { key: expired.key, more: 1 }]) expect((await keys.exchange(body)).status).toBe(400);
  });

  it('refuses the key of a disabled account, of a former member, and of a deleted organization', async () => {
    const ann = await keys.person();
    const { key } = await keys.made(ann.token);
    await keys.query(`update auth.accounts set status = 'disabled' where id = $1`, [ann.id]);
    expect((await keys.exchange({ key })).status).toBe(401);
    await keys.query(`update auth.accounts set status = 'active' where id = $1`, [ann.id]);
    expect((await keys.exchange({ key })).status).toBe(200);
    await auth.people.change(ann.id, ann.orgId, 3, []);
    expect((await keys.exchange({ key })).status).toBe(401);
    const bob = await keys.person();
    const bobs = await keys.made(bob.token);
    await auth.queues.publish(organizationChanged, { org_id: bob.orgId, name: 'Gone', version: 2, deleted: true }, bob.orgId);
    await until('the end of the key', async () => (await keys.exchange({ key: bobs.key })).status === 401);
  });

  it('leaves a line in the audit log when a key is made, deleted, and refused for the first time within an hour', async () => {
    const ann = await keys.person();
    const record = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const { id, key } = await keys.made(ann.token);
    await auth.request('DELETE', `/api-keys/${id}`, { token: ann.token });
    await keys.exchange({ key });
    await keys.exchange({ key });
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
    const ann = await keys.person();
    await auth.people.join(ann.id, 'viewer');
    const { key } = await keys.made(ann.token);
    const answer = await auth.request('GET', '/me', { token: await keys.tokenOf(key) });
    expect(answer.json).toMatchObject({ id: ann.id, org_id: ann.orgId, roles: [], permissions: ['assets.read'] });
    expect((answer.json['organizations'] as { id: string }[]).map(({ id }) => id)).toEqual([ann.orgId]);
  });

  it('is refused wherever a person is wanted', async () => {
    const ann = await keys.person();
    const { id, key } = await keys.made(ann.token, { permissions: everything });
    const token = await keys.tokenOf(key);
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
    const ann = await keys.person();
    const { key } = await keys.made(ann.token);
    expect((await auth.request('GET', '/me', { token: key })).status).toBe(401);
    expect((await auth.request('GET', `/me?api_key=${key}`)).status).toBe(401);
    expect((await auth.request('GET', '/me', { headers: { 'x-api-key': key } })).status).toBe(401);
  });

  it('dies with the key, also when a crash kept that from the other services', async () => {
    const ann = await keys.person();
    const { id, key } = await keys.made(ann.token);
    const token = await keys.tokenOf(key);
    await auth.request('DELETE', `/api-keys/${id}`, { token: ann.token });
    expect((await auth.request('GET', '/me', { token })).status).toBe(401);
    const subject = `session ${id}`;
    await keys.query('delete from state.revocations where subject = $1 returning subject', [subject]);
    await auth.restart();
    await until('the announcement', async () => (await keys.query('select 1 from state.revocations where subject = $1', [subject])).length === 1);
  });
});
