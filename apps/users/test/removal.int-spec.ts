import { invitationMailRequested, memberErased, membershipChanged } from '@atrium/contracts/domain-events';
import type { User } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemberErasureJob } from '../src/people/member-erasure.job.js';
import { PersonExportService } from '../src/people/person-export.service.js';
import { nthVersion, type Person, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  admin = await users.founder();
});
afterAll(() => users?.stop());

const ask = async (by: Person, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
  users.call(await users.tokenOf(by), method, path, { body });
const remove = (by: Person, { userId }: { userId: string }) => ask(by, 'DELETE', `/users/${userId}`);
const restore = (by: Person, { userId }: { userId: string }) => ask(by, 'POST', `/users/${userId}/restore`);
const own = (userId: string, method: 'GET' | 'DELETE', path: string) => users.call(users.tokenWithoutOrganization(userId), method, path);
const lastTold = async ({ orgId, userId }: Person) =>
  (await users.published(membershipChanged, orgId)).filter((membership) => membership['user_id'] === userId).at(-1);
const listed = async (by: Person, query = '') => {
  const { body } = await ask(by, 'GET', `/users?page_size=100${query}`);
  const { total_count } = body['pagination'] as { total_count: number };
  return { total_count, people: body['data'] as User[], ids: (body['data'] as User[]).map(({ id }) => id) };
};
const removedAgo = (person: Person, interval: string) =>
  users.store.superuser.query(`update users.members set removed_at = now() - $2::interval where user_id = $1`, [person.userId, interval]);
/** Somebody of rank 45 who removes people. */
const remover = async (more: string[] = []) => {
  const body = { name: `Remover ${newId()}`, rank: 45, permissions: ['users.delete', 'users.read', ...more] };
  const role = await ask(admin, 'POST', '/roles', body);
  const person = await users.member(admin, 'viewer');
  await ask(admin, 'POST', `/users/${person.userId}/roles`, { role_id: role.body['id'] });
  return person;
};

describe('a removed person', () => {
  it('loses all access at once, and is in the list of removed people alone', async () => {
    const founder = await users.founder();
    const person = await users.member(founder, 'editor');
    const token = await users.tokenOf(person);
    expect((await remove(founder, person)).status).toBe(204);
    expect(await lastTold(person)).toMatchObject({ version: nthVersion(2), active: false });
    expect(await listed(founder)).toMatchObject({ total_count: 1, ids: [founder.userId] });
    const removed = await listed(founder, '&status=removed');
    expect(removed).toMatchObject({ total_count: 1, people: [{ id: person.userId, status: 'removed', roles: [{ name: 'editor' }] }] });
    expect((await listed(founder, `&search=${person.email}`)).ids).toEqual([]);
    expect((await ask(founder, 'GET', `/users/${person.userId}`)).status).toBe(404);
    expect((await ask(founder, 'POST', `/users/${person.userId}/roles`, { role_id: 3 })).status).toBe(404);
    expect((await remove(founder, person)).status).toBe(404);
    expect((await users.call(token, 'GET', `/users/${person.userId}`)).status).toBe(404);
    expect((await own(person.userId, 'GET', '/orgs')).body['data']).toEqual([]);
  });

  it('does nothing by a token of before', async () => {
    const second = await users.member(admin, 'org_admin');
    const victim = await users.member(admin, 'viewer');
    const token = await users.tokenOf(second);
    await remove(admin, second);
    const attempts = await Promise.all([
      users.call(token, 'DELETE', `/users/${victim.userId}`),
      users.call(token, 'POST', `/users/${second.userId}/restore`),
      users.call(token, 'POST', `/users/${victim.userId}/roles`, { body: { role_id: 4 } }),
      users.call(token, 'POST', '/users', { body: { email: 'x@example.com', role_id: 3 } }),
      users.call(token, 'POST', '/roles', { body: { name: 'Mine', permissions: [] } }),
    ]);
    expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });

  it('comes back with what they held, within 30 days', async () => {
    const person = await users.member(admin, 'editor');
    expect((await restore(admin, person)).status).toBe(409);
    await remove(admin, person);
    await removedAgo(person, '29 days 23 hours');
    const answer = await restore(admin, person);
    expect(answer).toMatchObject({ status: 200, body: { id: person.userId, status: 'active', roles: [{ name: 'editor' }] } });
    expect(answer.etag).toMatch(/^"\d+"$/);
    expect(await lastTold(person)).toMatchObject({ version: nthVersion(3), active: true });
    await remove(admin, person);
    await removedAgo(person, '30 days 1 minute');
    expect((await restore(admin, person)).status).toBe(404);
  });

  it('comes back disabled who was disabled before', async () => {
    const person = await users.member(admin, 'editor');
    await users.store.superuser.query(`update users.members set status = 'disabled' where user_id = $1`, [person.userId]);
    await remove(admin, person);
    expect((await restore(admin, person)).body).toMatchObject({ status: 'disabled' });
    expect(await lastTold(person)).toMatchObject({ active: false });
  });

  it('gets no role back that the restorer could not give', async () => {
    const weak = await remover();
    const person = await users.member(admin, 'org_admin');
    await remove(admin, person);
    expect((await restore(weak, person)).body).toMatchObject({ status: 'active', roles: [] });
    expect(await lastTold(person)).toMatchObject({ active: false, roles: [] });
  });

  it('who is invited anew joins with that role alone', async () => {
    const person = await users.member(admin, 'org_admin');
    await remove(admin, person);
    const invitation = await ask(admin, 'POST', '/users', { email: person.email, role_id: 3 });
    expect(invitation.status).toBe(201);
    const mails = await users.published(invitationMailRequested, admin.orgId);
    const token = mails.find((mail) => mail['invitation_id'] === invitation.body['id'])?.['token'];
    const accepted = await users.call(users.tokenWithoutOrganization(person.userId), 'POST', '/invitations/accept', { body: { token } });
    expect(accepted.status).toBe(200);
    expect((await ask(admin, 'GET', `/users/${person.userId}`)).body).toMatchObject({ status: 'active', roles: [{ name: 'viewer' }] });
  });
});

describe('removing', () => {
  it('is refused for the last org_admin, for people above, without users.delete, and across organizations', async () => {
    const founder = await users.founder();
    expect((await remove(founder, founder)).status).toBe(409);
    expect((await remove(await remover(), admin)).status).toBe(403);
    expect((await remove(await users.member(admin, 'editor'), await users.member(admin, 'viewer'))).status).toBe(403);
    const person = await users.member(admin, 'viewer');
    expect((await remove(founder, person)).status).toBe(404);
    await remove(admin, person);
    expect((await restore(founder, person)).status).toBe(404);
    expect((await restore(admin, { userId: newId() })).status).toBe(404);
  });

  it('leaves one org_admin when all of them remove each other at once', async () => {
    const founder = await users.founder();
    const admins = [founder, ...(await Promise.all([1, 2].map(() => users.member(founder, 'org_admin'))))];
    const tokens = await Promise.all(admins.map((person) => users.tokenOf(person)));
    await Promise.all(admins.map((_, index) => users.call(tokens[index] ?? '', 'DELETE', `/users/${admins[(index + 1) % 3]?.userId}`)));
    const { rows } = await users.store.superuser.query(
      `select 1 from users.members m join users.role_assignments a using (org_id, user_id) where org_id = $1 and status = 'active' and role_id = 4`,
      [founder.orgId],
    );
    expect(rows.length).toBeGreaterThanOrEqual(1);
  });
});

describe('erasing', () => {
  it('deletes people 30 days after their removal, with what names them, and tells the others', async () => {
    const person = await users.member(admin, 'editor');
    const recent = await users.member(admin, 'editor');
    for (const one of [person, recent]) await remove(admin, one);
    await removedAgo(person, '30 days 1 minute');
    await removedAgo(recent, '29 days');
    const job = users.get(MemberErasureJob);
    expect(await job.run()).toBeGreaterThanOrEqual(1);
    const { rows } = await users.store.superuser.query(
      `select user_id::text from users.members where user_id = any ($1) union all select email from users.invitations where email = $2
       union all select user_id::text from users.role_assignments where user_id = $3`,
      [[person.userId, recent.userId], person.email, person.userId],
    );
    expect(rows).toEqual([{ user_id: recent.userId }]);
    const erased = await users.published(memberErased, admin.orgId);
    expect(erased.filter((one) => one['user_id'] === person.userId)).toEqual([{ org_id: admin.orgId, user_id: person.userId, version: nthVersion(3) }]);
    expect(await job.run()).toBe(0);
  });

  it.each([0, (Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 86_400_000) - 31) * 1_000])('begins above all of before (from %i on) when invited again, so that what is told late changes nothing', async (first) => {
    const person = await users.member(admin, 'editor');
    await users.store.superuser.query(`update users.members set membership_version = $2 where user_id = $1`, [person.userId, first]);
    for (const change of ['disable', 'enable']) await ask(admin, 'POST', `/users/${person.userId}/${change}`);
    await remove(admin, person);
    await removedAgo(person, '31 days');
    await users.get(MemberErasureJob).run();
    const erased = (await users.published(memberErased, admin.orgId)).find((one) => one['user_id'] === person.userId);
    const invitation = await ask(admin, 'POST', '/users', { email: person.email, role_id: 3 });
    const mails = await users.published(invitationMailRequested, admin.orgId);
    const token = mails.find((mail) => mail['invitation_id'] === invitation.body['id'])?.['token'];
    const accepted = await users.call(users.tokenWithoutOrganization(person.userId), 'POST', '/invitations/accept', { body: { token } });
    expect(accepted.status).toBe(200);
    expect(Number((await lastTold(person))?.['version'])).toBeGreaterThan(Number(erased?.['version']));
  });

  it('is done by one instance at a time', async () => {
    const [connection, job] = [users.store.superuser, users.get(MemberErasureJob)];
    await connection.query('begin');
    await connection.query(`select pg_advisory_xact_lock(hashtextextended('users.member_erasure', 0))`);
    expect(await job.run()).toBeUndefined();
    await connection.query('rollback');
  });
});

describe('a person by themselves', () => {
  it('exports what is held of them, and nothing of others', async () => {
    const person = await users.member(admin, 'editor');
    const other = await users.founder();
    await ask(other, 'POST', '/users', { email: person.email, role_id: 3 });
    const exported = (userId: string) => users.get(PersonExportService).export({ userId, orgId: admin.orgId });
    expect((await exported(person.userId)).invitations).toEqual([]);
    await users.events.emailVerified({ user_id: person.userId, verified_at: new Date().toISOString() });
    const body = await exported(person.userId);
    expect(body).toMatchObject({
      user_id: person.userId,
      account: { email: person.email, email_verified: true },
      memberships: [{ org_id: admin.orgId, organization_name: 'Acme', person: { id: person.userId, roles: [{ name: 'editor' }] } }],
    });
    const { invitations } = body;
    expect(invitations.map(({ org_id, invitation }) => [org_id, invitation.status]).toSorted()).toEqual(
      [[admin.orgId, 'accepted'], [other.orgId, 'pending']].toSorted(),
    );
    expect(invitations.every(({ invitation }) => invitation.email === person.email)).toBe(true);
    expect(await exported(newId())).toMatchObject({ account: null, memberships: [], invitations: [] });
  });

  it('leaves every organization at once, and is erased later', async () => {
    const person = await users.member(admin, 'editor');
    expect((await own(person.userId, 'DELETE', '/users/me')).status).toBe(204);
    expect((await own(person.userId, 'DELETE', '/users/me')).status).toBe(204);
    expect(await lastTold(person)).toMatchObject({ active: false });
    expect((await listed(admin, '&status=removed')).ids).toContain(person.userId);
  });

  it('stays everywhere while they are the last org_admin of others, whose organization is named', async () => {
    const founder = await users.founder();
    await users.call(await users.tokenOf(founder), 'PATCH', `/orgs/${founder.orgId}`, { body: { name: 'Left Alone' }, headers: { 'if-match': '"1"' } });
    const successor = await users.member(founder, 'viewer');
    const refused = await own(founder.userId, 'DELETE', '/users/me');
    expect(refused).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('Left Alone') } } });
    expect((await ask(founder, 'GET', `/users/${founder.userId}`)).status).toBe(200);
    await ask(founder, 'POST', `/users/${successor.userId}/roles`, { role_id: 4 });
    expect((await own(founder.userId, 'DELETE', '/users/me')).status).toBe(204);
  });
});
