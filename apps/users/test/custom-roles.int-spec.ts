import { membershipChanged, invitationChanged } from '@atrium/contracts/domain-events';
import { permissionCatalog, type Role, systemRoles } from '@atrium/contracts/users';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MembershipAnnouncementJob } from '../src/memberships/membership-announcement.job.js';
import { nthVersion, type Person, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
let stranger: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  [admin, stranger] = [await users.founder(), await users.founder()];
});
afterAll(() => users?.stop());

let made = 0;
const ask = async (by: Person, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, version?: number) =>
  users.call(await users.tokenOf(by), method, path, { body, headers: version === undefined ? {} : { 'if-match': `"${version}"` } });
const make = async (by: Person, body: Record<string, unknown>) => ask(by, 'POST', '/roles', { name: `Role ${(made += 1)}`, ...body });
const newRole = async (permissions: string[] = ['assets.read'], rank = 20) => Number((await make(admin, { permissions, rank })).body['id']);
const give = (by: Person, userId: string, role_id: number) => ask(by, 'POST', `/users/${userId}/roles`, { role_id });
const toldOf = async ({ orgId, userId }: Person) =>
  (await users.published(membershipChanged, orgId)).filter((membership) => membership['user_id'] === userId);
/** Somebody of rank 45 who manages roles and holds little else. */
const deputy = async () => {
  const id = await newRole(['roles.manage', 'roles.assign', 'roles.read', 'users.read', 'assets.read'], 45);
  const person = await users.member(admin, 'viewer');
  await give(admin, person.userId, id);
  return { person, roleId: id };
};

describe('a custom role', () => {
  it('is made, shown with an ETag and listed beside the platform’s, in its organization alone', async () => {
    const answer = await make(admin, { name: 'Curator', rank: 25, permissions: ['assets.update', 'assets.read'] });
    const role = { name: 'Curator', rank: 25, system: false, permissions: ['assets.read', 'assets.update'] };
    expect(answer).toMatchObject({ status: 201, body: role });
    const path = `/roles/${String(answer.body['id'])}`;
    expect(await ask(admin, 'GET', path)).toMatchObject({ status: 200, etag: '"1"', body: role });
    const listed = (await ask(admin, 'GET', '/roles')).body['data'] as Role[];
    expect(listed.filter(({ system }) => !system).map(({ name }) => name)).toContain('Curator');
    expect(((await ask(stranger, 'GET', '/roles')).body['data'] as Role[]).every(({ system }) => system)).toBe(true);
  });

  it('has the lowest rank where none is given, and a name that no other has in its organization', async () => {
    expect(await make(admin, { name: 'Helper', permissions: [] })).toMatchObject({ status: 201, body: { rank: 1 } });
    expect((await make(admin, { name: 'helper', permissions: [] })).status).toBe(409);
    expect((await make(admin, { name: 'Org_Admin', permissions: [] })).status).toBe(409);
    expect((await make(stranger, { name: 'Helper', permissions: [] })).status).toBe(201);
  });

  it('is refused with an unknown permission, another organization’s one, or an unknown field', async () => {
    await ask(stranger, 'POST', '/permissions', { name: 'secrets.see', description: 'Of strangers' });
    for (const body of [{ permissions: ['nothing.here'] }, { permissions: ['secrets.see'] }, { permissions: [], system: true }, { permissions: [], rank: 101 }]) {
      expect((await make(admin, body)).status).toBe(400);
    }
  });

  it('is renamed and ranked with If-Match alone, and its holders are told its new name', async () => {
    const id = await newRole();
    const person = await users.member(admin, 'viewer');
    await give(admin, person.userId, id);
    expect((await ask(admin, 'PUT', `/roles/${id}`, { name: 'New name' })).status).toBe(428);
    expect(await ask(admin, 'PUT', `/roles/${id}`, { name: 'New name', rank: 22 }, 1)).toMatchObject({ status: 200, etag: '"2"', body: { name: 'New name', rank: 22 } });
    expect((await ask(admin, 'PUT', `/roles/${id}`, { name: 'Late' }, 1)).status).toBe(412);
    expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(3), roles: [{ name: 'New name' }, { name: 'viewer' }] });
    expect((await ask(admin, 'PUT', `/roles/${id}`, { name: 'Viewer' }, 2)).status).toBe(409);
  });

  it('that changes its permissions changes every holder’s membership, and nothing when they stay the same', async () => {
    const id = await newRole(['assets.read']);
    const [ann, bob] = [await users.member(admin, 'viewer'), await users.member(admin, 'viewer')];
    for (const { userId } of [ann, bob]) await give(admin, userId, id);
    const answer = await ask(admin, 'PUT', `/roles/${id}/permissions`, { permissions: ['events.sql', 'events.sql'] }, 1);
    expect(answer).toMatchObject({ status: 200, etag: '"2"', body: { permissions: ['events.sql'] } });
    for (const person of [ann, bob]) {
      expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(3), active: true, roles: [{ permissions: ['events.sql'] }, { name: 'viewer' }] });
    }
    await ask(admin, 'PUT', `/roles/${id}/permissions`, { permissions: ['events.sql'] }, 2);
    expect(await toldOf(ann)).toHaveLength(3);
  });

  it('is not overwritten by a stale change of permissions, nor by one that names no version', async () => {
    const id = await newRole(['assets.read']);
    const sets = [['assets.create'], ['assets.update'], ['assets.delete'], ['events.read']];
    const answers = await Promise.all(sets.map((permissions) => ask(admin, 'PUT', `/roles/${id}/permissions`, { permissions }, 1)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
    expect((await ask(admin, 'PUT', `/roles/${id}/permissions`, { permissions: [] })).status).toBe(428);
    expect((await ask(admin, 'PUT', `/roles/${id}`, { name: 'Late' }, 1)).status).toBe(412);
    const { body, etag } = await ask(admin, 'GET', `/roles/${id}`);
    expect(sets).toContainEqual(body['permissions']);
    expect(etag).toBe('"2"');
  });

  it('reaches more holders than one batch takes', async () => {
    const founder = await users.founder();
    const id = Number((await make(founder, { permissions: [] })).body['id']);
    await users.store.superuser.query(
      `with people as (insert into users.members (org_id, user_id, email) select $1, uuidv7(), n || '@example.com' from generate_series(1, 1100) n returning user_id)
       insert into users.role_assignments (org_id, user_id, role_id) select $1, user_id, $2 from people`,
      [founder.orgId, id],
    );
    expect((await ask(founder, 'PUT', `/roles/${id}/permissions`, { permissions: ['assets.read'] }, 1)).status).toBe(200);
    const told = (await users.published(membershipChanged, founder.orgId)).filter((one) => one['user_id'] !== founder.userId);
    expect(new Set(told.map((one) => one['user_id'])).size).toBe(1100);
    expect(told).toHaveLength(1100);
  });

  it('goes when nobody holds it, with its pending invitations, and leaves its name free', async () => {
    const body = { name: 'Passing', permissions: [] };
    const id = Number((await make(admin, body)).body['id']);
    const person = await users.member(admin, 'viewer');
    await give(admin, person.userId, id);
    expect((await ask(admin, 'DELETE', `/roles/${id}`)).status).toBe(409);
    await ask(admin, 'DELETE', `/users/${person.userId}/roles/${id}`);
    const invitation = await ask(admin, 'POST', '/invitations', { email: randomEmail(), role_id: id });
    expect((await ask(admin, 'DELETE', `/roles/${id}`)).status).toBe(204);
    expect((await users.published(invitationChanged, admin.orgId)).at(-1)).toMatchObject({ invitation_id: invitation.body['id'], status: 'revoked' });
    for (const [method, path] of [['GET', ''], ['DELETE', '']] as const) expect((await ask(admin, method, `/roles/${id}${path}`)).status).toBe(404);
    expect((await give(admin, person.userId, id)).status).toBe(404);
    expect((await make(admin, body)).status).toBe(201);
  });

  it('of another organization is not there', async () => {
    const id = await newRole();
    expect((await ask(stranger, 'GET', `/roles/${id}`)).status).toBe(404);
    expect((await ask(stranger, 'PUT', `/roles/${id}`, { name: 'Mine' }, 1)).status).toBe(404);
    expect((await ask(stranger, 'PUT', `/roles/${id}/permissions`, { permissions: [] }, 1)).status).toBe(404);
    expect((await ask(stranger, 'DELETE', `/roles/${id}`)).status).toBe(404);
    expect(await ask(admin, 'GET', `/roles/${id}`)).toMatchObject({ etag: '"1"', body: { permissions: ['assets.read'] } });
  });
});

describe('nobody makes or changes a role beyond their own', () => {
  it.each(Object.values(systemRoles).map(({ id }) => id))('role %i of the platform stays as it is', async (id) => {
    expect((await ask(admin, 'PUT', `/roles/${id}`, { name: 'Mine' }, 1)).status).toBe(403);
    expect((await ask(admin, 'PUT', `/roles/${id}/permissions`, { permissions: [] }, 1)).status).toBe(403);
    expect((await ask(admin, 'DELETE', `/roles/${id}`)).status).toBe(403);
  });

  it('in rank or in permissions, before or after the change', async () => {
    const { person, roleId } = await deputy();
    expect((await make(person, { rank: 44, permissions: ['assets.read'] })).status).toBe(201);
    expect((await make(person, { rank: 45, permissions: [] })).status).toBe(403);
    expect((await make(person, { rank: 10, permissions: ['events.sql'] })).status).toBe(403);
    expect((await ask(person, 'PUT', `/roles/${roleId}/permissions`, { permissions: Object.keys(permissionCatalog) }, 1)).status).toBe(403);
    const [richer, low] = [await newRole(['events.sql'], 5), await newRole([], 5)];
    expect((await ask(person, 'PUT', `/roles/${richer}`, { name: 'Poorer' }, 1)).status).toBe(403);
    expect((await ask(person, 'PUT', `/roles/${richer}/permissions`, { permissions: [] }, 1)).status).toBe(403);
    expect((await ask(person, 'DELETE', `/roles/${richer}`)).status).toBe(403);
    expect((await ask(person, 'PUT', `/roles/${low}`, { name: 'High', rank: 45 }, 1)).status).toBe(403);
    expect((await ask(person, 'PUT', `/roles/${low}`, { name: 'Higher', rank: 44 }, 1)).status).toBe(200);
    expect((await make(admin, { rank: 50, permissions: [] })).status).toBe(403);
  });

  it('by a token of before: what is held now counts', async () => {
    const { person, roleId } = await deputy();
    const token = await users.tokenOf(person);
    await ask(admin, 'DELETE', `/users/${person.userId}/roles/${roleId}`);
    expect((await users.call(token, 'POST', '/roles', { body: { name: 'Late', permissions: [] } })).status).toBe(403);
  });

  it('without roles.manage', async () => {
    const person = await users.member(admin, 'editor');
    expect((await make(person, { permissions: [] })).status).toBe(403);
    expect((await ask(person, 'POST', '/permissions', { name: 'a.b', description: 'c' })).status).toBe(403);
  });
});

describe('a custom permission', () => {
  it('is held by every org_admin at once, who puts it into roles and gives those', async () => {
    const founder = await users.founder();
    const permission = { name: 'reports.sign', description: 'Sign reports' };
    expect(await ask(founder, 'POST', '/permissions', permission)).toMatchObject({ status: 201, body: permission });
    const told = await toldOf(founder);
    expect(told.at(-1)).toMatchObject({ version: nthVersion(2), roles: [{ name: 'org_admin', permissions: expect.arrayContaining(['reports.sign', 'orgs.read']) }] });
    const id = Number((await make(founder, { permissions: ['reports.sign'] })).body['id']);
    const person = await users.member(founder, 'viewer');
    expect((await give(founder, person.userId, id)).status).toBe(201);
    expect((await toldOf(person)).at(-1)).toMatchObject({ roles: [{ name: 'viewer' }, { permissions: ['reports.sign'] }] });
  });

  it('has a name of its own, and shows in its organization alone', async () => {
    const permission = { name: 'archive.open', description: 'Open the archive' };
    expect((await ask(admin, 'POST', '/permissions', permission)).status).toBe(201);
    expect((await ask(admin, 'POST', '/permissions', permission)).status).toBe(409);
    expect((await ask(admin, 'POST', '/permissions', { ...permission, name: 'users.delete' })).status).toBe(409);
    expect((await ask(admin, 'POST', '/permissions', { ...permission, name: 'Archive' })).status).toBe(400);
    const names = async (by: Person) => ((await ask(by, 'GET', '/permissions')).body['data'] as { name: string }[]).map(({ name }) => name);
    expect(await names(admin)).toContain('archive.open');
    expect(await names(stranger)).not.toContain('archive.open');
    expect((await ask(stranger, 'POST', '/permissions', permission)).status).toBe(201);
  });
});

describe('memberships that a migration marked', () => {
  it('are told once more, once, with what the roles hold now', async () => {
    const [founder, other] = [await users.founder(), await users.founder()];
    await users.store.superuser.query(`update users.members set announce_again = true where user_id = any ($1)`, [[founder.userId, other.userId]]);
    const job = users.get(MembershipAnnouncementJob);
    expect(await job.run()).toBe(2);
    expect(await job.run()).toBe(0);
    for (const person of [founder, other]) {
      const permissions = [...systemRoles.org_admin.permissions].toSorted();
      expect((await toldOf(person)).slice(1)).toMatchObject([{ version: nthVersion(2), active: true, roles: [{ name: 'org_admin', permissions }] }]);
    }
  });
});
