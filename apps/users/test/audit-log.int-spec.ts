import { auditEntry } from '@atrium/contract-kit';
import { type AuditLogEntry, systemRoles } from '@atrium/contracts/users';
import { AuditBuffer } from '@atrium/platform/audit';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemberErasureJob } from '../src/people/member-erasure.job.js';
import { AuditLogBench, monthOf, monthsFromNow } from './audit-log-bench.js';
import { type Person, UsersApp } from './users-app.js';

let app: UsersApp;
let log: AuditLogBench;
let ann: Person;
let eve: Person;

beforeAll(async () => {
  app = await UsersApp.start();
  log = new AuditLogBench(app);
  [ann, eve] = [await app.founder(), await app.founder()];
});
afterAll(() => app?.stop());

describe('the audit log', () => {
  it('tells who changed what, from what to what, under which request', async () => {
    const bob = await app.member(ann, 'viewer');
    const token = await app.tokenOf(ann);
    const headers = { 'x-request-id': 'request-of-ann' };
    await app.call(token, 'POST', `/users/${bob.userId}/roles`, { body: { role_id: systemRoles.editor.id }, headers });
    await log.deliver();
    const [assigned] = await log.search(ann, { action: 'role.assigned' });
    expect(assigned).toMatchObject({
      action: 'role.assigned', outcome: 'success', actor: { kind: 'user', id: ann.userId, email: ann.email }, resource: { type: 'user', id: bob.userId },
      site_id: null, before: null, after: { role_id: systemRoles.editor.id, role_name: 'editor' }, request_id: 'request-of-ann',
    });
    expect((await log.search(ann, { resource: `user:${bob.userId}` })).map(({ action }) => action)).toEqual(['role.assigned', 'member.joined']);
  });

  it('knows of every change that the API makes, each with its thing', async () => {
    const org = await app.founder();
    const token = await app.tokenOf(org);
    const call = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, version?: string) =>
      app.call(token, method, path, { ...(body === undefined ? {} : { body }), ...(version === undefined ? {} : { headers: { 'if-match': version } }) });
    await call('PATCH', `/orgs/${org.orgId}`, { name: 'Renamed' }, '"1"');
    const site = await call('POST', '/sites', { name: 'Shop' });
    await call('PATCH', `/sites/${String(site.body['id'])}`, { name: 'Store' }, '"1"');
    await call('DELETE', `/sites/${String(site.body['id'])}`);
    await call('POST', '/permissions', { name: 'things.do', description: 'Do things' });
    const full = await app.tokenOf(org);
    const role = await app.call(full, 'POST', '/roles', { body: { name: 'Helper', permissions: ['things.do'] } });
    const roleId = String(role.body['id']);
    await app.call(full, 'PUT', `/roles/${roleId}`, { body: { name: 'Aide', rank: 2 }, headers: { 'if-match': '"1"' } });
    await app.call(full, 'PUT', `/roles/${roleId}/permissions`, { body: { permissions: [] }, headers: { 'if-match': '"2"' } });
    await app.call(full, 'DELETE', `/roles/${roleId}`);
    const bob = await app.member(org, 'viewer');
    const invited = await call('POST', '/invitations', { email: 'c@example.com', role_id: systemRoles.viewer.id });
    await call('DELETE', `/invitations/${String(invited.body['id'])}`);
    await call('POST', `/users/${bob.userId}/disable`);
    await call('POST', `/users/${bob.userId}/enable`);
    await call('DELETE', `/users/${bob.userId}/roles/${systemRoles.viewer.id}`);
    const person = await app.call(full, 'GET', `/users/${org.userId}`);
    await call('PUT', `/users/${org.userId}`, { profile: { first_name: 'Olga' } }, person.etag);
    await call('DELETE', `/users/${bob.userId}`);
    await call('POST', `/users/${bob.userId}/restore`);
    await app.call(full, 'GET', '/users/me/export');
    await log.deliver();
    const found = (await log.search(org)).toReversed();
    expect(found.map(({ action }) => action)).toEqual([
      'organization.created', 'organization.renamed', 'site.created', 'site.renamed', 'site.deleted', 'permission.created',
      'role.created', 'role.updated', 'role.permissions_changed', 'role.deleted', 'invitation.created', 'invitation.accepted', 'member.joined',
      'invitation.created', 'invitation.revoked', 'member.disabled', 'member.enabled', 'role.unassigned', 'member.profile_updated',
      'member.removed', 'member.restored', 'user.exported',
    ]);
    expect(found.find(({ action }) => action === 'organization.created')?.actor).toMatchObject({ kind: 'user', id: org.userId });
    expect(found.find(({ action }) => action === 'role.permissions_changed')).toMatchObject({ before: { permissions: ['things.do'] }, after: { permissions: [] } });
    expect(found.find(({ action }) => action === 'member.profile_updated')).toMatchObject({ before: null, after: null, details: { fields: ['first_name'] } });
    const { rows } = await app.store.superuser.query(`select * from users.audit_logs where org_id = $1`, [org.orgId]);
    expect(JSON.stringify(rows)).not.toMatch(/@example\.com|Olga|token/);
  });

  it('knows who left, was erased, and that an organization ended', async () => {
    const org = await app.founder();
    const [bob, carl] = [await app.member(org, 'viewer'), await app.member(org, 'viewer')];
    await app.call(await app.tokenOf(bob), 'DELETE', '/users/me');
    await app.call(await app.tokenOf(org), 'DELETE', `/users/${carl.userId}`);
    await app.store.superuser.query(`update users.members set removed_at = now() - interval '31 days' where user_id = $1`, [carl.userId]);
    await app.get(MemberErasureJob).run();
    await app.call(await app.tokenOf(org), 'DELETE', `/orgs/${org.orgId}`);
    await log.deliver();
    const { rows } = await app.store.superuser.query<{ action: string; actor_kind: string; resource_id: string; before: unknown; details: unknown }>(
      `select action, actor_kind, resource_id, before, details from users.audit_logs where org_id = $1 and area in ('member', 'organization') order by id desc limit 4`,
      [org.orgId],
    );
    expect(rows.toReversed()).toMatchObject([
      { action: 'member.left', actor_kind: 'user', resource_id: bob.userId },
      { action: 'member.removed', actor_kind: 'user', resource_id: carl.userId, before: { status: 'active' } },
      { action: 'member.erased', actor_kind: 'system', resource_id: carl.userId },
      { action: 'organization.deleted', actor_kind: 'user', resource_id: org.orgId, before: { name: 'Acme' }, details: { members_removed: 1 } },
    ]);
  });

  it('shows a denial once a minute at most, with how often it came', async () => {
    const bob = await app.member(ann, 'viewer');
    const token = await app.tokenOf(bob);
    await app.call(token, 'POST', '/sites', { body: { name: 'Mine' }, headers: { 'x-request-id': 'request-denied' } });
    await app.get(AuditBuffer).flush();
    for (let again = 0; again < 30; again += 1) await app.call(token, 'POST', '/sites', { body: { name: 'Mine' } });
    await app.get(AuditBuffer).flush();
    await log.deliver();
    expect(await log.search(ann, { outcome: 'denied', actor: bob.userId })).toEqual([
      expect.objectContaining({
        action: 'access.denied', actor: expect.objectContaining({ kind: 'user', id: bob.userId, email: bob.email }), resource: { type: 'operation', id: 'users.createSite' },
        details: { code: 'FORBIDDEN', permission: 'sites.create', reason: 'sites.create is not held organization-wide' }, request_id: 'request-denied',
      }),
    ]);
  });

  it('is for org_admins, and each sees that of their own organization', async () => {
    for (const role of ['viewer', 'member', 'editor', 'site_admin'] as const) {
      expect((await log.ask(await app.member(ann, role))).status).toBe(403);
    }
    await log.deliver();
    const hers = new Set((await log.search(eve)).map(({ id }) => id));
    expect((await log.search(ann)).filter(({ id }) => hers.has(id))).toEqual([]);
    expect(await log.search(eve, { actor: ann.userId })).toEqual([]);
    expect(await log.search(eve, { resource: `organization:${ann.orgId}` })).toEqual([]);
  });
});

describe('a search', () => {
  let org: Person;
  const at = (hour: number) => new Date(Date.UTC(2026, 9, 1, hour));
  const [site, actor] = [newId(), newId()];
  beforeAll(async () => {
    org = await app.founder();
    const user = { kind: 'user', id: actor, session_id: null } as const;
    await log.tell(org.orgId, { action: 'site.created', resource: { type: 'site', id: site }, actor: user }, at(1));
    await log.tell(org.orgId, { action: 'site.renamed', resource: { type: 'site', id: site } }, at(2));
    await log.tell(org.orgId, { action: 'site.created', resource: { type: 'site', id: newId() } }, at(3));
    await log.tell(org.orgId, { action: 'access.denied', outcome: 'denied', actor: user }, at(4));
    await log.tell(org.orgId, { action: 'sites_x.created', outcome: 'failure' }, at(5));
  });
  const hours = async (query: Record<string, string>) => (await log.search(org, query)).map(({ occurred_at }) => new Date(occurred_at).getUTCHours());

  it.each<[Record<string, string>, number[]]>([
    [{}, [5, 4, 3, 2, 1]],
    [{ actor }, [4, 1]],
    [{ action: 'site.created' }, [3, 1]],
    [{ action: 'site.*' }, [3, 2, 1]],
    [{ resource: 'site' }, [3, 2, 1]],
    [{ resource: `site:${site}` }, [2, 1]],
    [{ outcome: 'denied' }, [4]],
    [{ outcome: 'failure' }, [5]],
    [{ from: at(2).toISOString(), to: at(4).toISOString() }, [3, 2]],
    [{ from: '2026-10-01T04:00:00+02:00', action: 'site.*' }, [3, 2]],
    [{ actor, action: 'site.*', resource: 'site', outcome: 'success' }, [1]],
    [{ actor: newId() }, []],
  ])('by %j finds those alone, the newest first', async (query, expected) => {
    expect(await hours(query)).toEqual(expected);
  });

  it.each<Record<string, string>>([
    { action: "site.created' or true --" }, { action: 'site' }, { action: 'site.%' }, { action: '*.*' }, { action: '*' }, { action: 'x'.repeat(200) }, { actor: 'ann' }, { actor: "1' or '1'='1" },
    { resource: 'site:' }, { resource: ':x' }, { resource: 'site:a:b' }, { resource: 'site:%' }, { outcome: 'all' }, { from: 'yesterday' }, { from: '2026-13-01T00:00:00Z' }, { to: "now()" },
    { from: '2026-10-02T00:00:00Z', to: '2026-10-01T00:00:00Z' }, { limit: '0' }, { limit: '101' }, { limit: '-1' }, { cursor: 'x' }, { cursor: '' }, { order: 'asc' }, { org_id: newId() },
  ])('by %j is a 400', async (query) => {
    const { status, body } = await log.ask(org, query);
    expect([status, (body['error'] as { code: string }).code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('goes on page by page without missing or repeating, while more is written', async () => {
    const twins = at(6);
    for (let twin = 0; twin < 3; twin += 1) await log.tell(org.orgId, { action: 'twin.made' }, twins);
    const all = (await log.search(org)).map(({ id }) => id);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await log.ask(org, { limit: '3', ...(cursor === null ? {} : { cursor }) });
      paged.push(...(body['data'] as AuditLogEntry[]).map(({ id }) => id));
      cursor = body['next_cursor'] as string | null;
      await log.tell(org.orgId, { action: 'late.told' });
    } while (cursor !== null);
    expect(paged).toEqual(all);
  });

  it("takes no cursor of another organization or of another search", async () => {
    const cursor = String((await log.ask(org, { limit: '1' })).body['next_cursor']);
    expect((await log.ask(org, { limit: '2', cursor })).status).toBe(200);
    expect((await log.ask(eve, { limit: '1', cursor })).status).toBe(400);
    expect((await log.ask(org, { limit: '1', cursor, outcome: 'success' })).status).toBe(400);
  });
});

describe('an entry', () => {
  it('that is delivered again is there once, even when the inbox has forgotten it', async () => {
    const [id, at] = [newId(), new Date()];
    for (let copy = 0; copy < 3; copy += 1) await log.tell(eve.orgId, { action: 'copy.told' }, at, id);
    expect((await log.search(eve, { action: 'copy.told' })).map((found) => found.id)).toEqual([id]);
  });

  it.each(auditEntry.shape.actor.shape.kind.options)('by an actor of the kind %s is kept, in whatever month it was', async (kind) => {
    const id = newId();
    for (const at of [new Date(), monthsFromNow(-1)]) await log.tell(eve.orgId, { action: 'kind.acted', actor: { kind, id, session_id: null } }, at);
    expect((await log.search(eve, { action: 'kind.acted', actor: id })).map(({ actor }) => actor.kind)).toEqual([kind, kind]);
  });

  it('of a person alone is in nobody’s log', async () => {
    const id = newId();
    await log.tell(null, { action: 'user.registered' }, new Date(), id);
    expect((await app.store.superuser.query(`select from users.audit_logs where id = $1`, [id])).rowCount).toBe(0);
  });

  it('keeps characters that somebody may have typed, whatever they are', async () => {
    const name = 'NUL \u0000 and a lone \ud800 "quote"';
    await log.tell(eve.orgId, { action: 'odd.typed', after: { name } });
    const { rows } = await app.store.superuser.query<{ text: string }>(`select "after"::text as text from users.audit_logs where action = 'odd.typed'`);
    expect(JSON.parse(rows[0]?.text ?? '')).toEqual({ name });
  });

  it('can be changed or deleted by no service, nor written for another organization', async () => {
    const run = (sql: string) => app.database.inTenant(eve.orgId, ({ manager }) => manager.query(sql));
    for (const sql of ['update users.audit_logs set outcome = \'success\'', 'delete from users.audit_logs', 'truncate users.audit_logs', `drop table users.${monthOf(new Date())}`]) {
      await expect(run(sql), sql).rejects.toThrow(/permission denied|must be owner/);
    }
    for (const verb of ['select * from', 'delete from']) await expect(run(`${verb} users.${monthOf(new Date())}`)).rejects.toThrow(/permission denied/);
    const forged = `insert into users.audit_logs (org_id, occurred_at, id, action, outcome, actor_kind, details, request_id)
      values ('${ann.orgId}', now(), uuidv7(), 'a.b', 'success', 'user', '{}', 'r')`;
    await expect(run(forged)).rejects.toThrow(/row-level security/);
  });
});
