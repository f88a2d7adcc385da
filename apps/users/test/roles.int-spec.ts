import { membershipChanged } from '@atrium/contracts/domain-events';
import type { Role } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nthVersion, type Person, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
let stranger: Person;
let siteA: string;
let siteB: string;

beforeAll(async () => {
  users = await UsersApp.start();
  [admin, stranger] = [await users.founder(), await users.founder()];
  [siteA, siteB] = [await users.site(admin), await users.site(admin)];
});
afterAll(() => users?.stop());

const assign = async (by: Person, userId: string, role_id: number, site_id?: string) =>
  users.call(await users.tokenOf(by), 'POST', `/users/${userId}/roles`, { body: { role_id, ...(site_id ? { site_id } : {}) } });
const remove = async (by: Person, userId: string, roleId: number, siteId?: string) =>
  users.call(await users.tokenOf(by), 'DELETE', `/users/${userId}/roles/${roleId}${siteId ? `?site_id=${siteId}` : ''}`);
const toldOf = async ({ orgId, userId }: Person) =>
  (await users.published(membershipChanged, orgId)).filter((membership) => membership['user_id'] === userId);

describe('the roles that can be given', () => {
  it('are listed highest first with their permissions, without the operator’s', async () => {
    const answer = await users.call(await users.tokenOf(admin), 'GET', '/roles');
    const roles = answer.body['data'] as Role[];
    expect(roles.map(({ id }) => id)).toEqual([4, 5, 2, 6, 3]);
    expect(roles.every(({ system, permissions }) => system && permissions.length > 0)).toBe(true);
    expect(await users.call(await users.tokenOf(admin), 'GET', '/roles/3')).toMatchObject({ status: 200, body: { name: 'viewer' } });
  });

  it('are the organization’s own and the platform’s, and no others', async () => {
    const { rows } = await users.store.superuser.query<{ id: number }>(
      `insert into users.roles (org_id, name, rank) values ($1, 'curator', 25) returning id`,
      [admin.orgId],
    );
    const id = rows[0]?.id ?? 0;
    expect((await users.call(await users.tokenOf(admin), 'GET', `/roles/${id}`)).status).toBe(200);
    expect((await users.call(await users.tokenOf(stranger), 'GET', `/roles/${id}`)).status).toBe(404);
    const target = await users.member(stranger, 'viewer');
    expect((await assign(stranger, target.userId, id)).status).toBe(404);
    expect((await users.call(await users.tokenOf(admin), 'GET', '/roles/999')).status).toBe(404);
    expect((await users.call(await users.tokenOf(admin), 'GET', '/roles/9e99')).status).toBe(400);
  });

  it('are made of permissions that are listed by name', async () => {
    const answer = await users.call(await users.tokenOf(admin), 'GET', '/permissions');
    const names = (answer.body['data'] as { name: string }[]).map(({ name }) => name);
    expect(names).toContain('roles.assign');
    expect(names).toEqual(names.toSorted());
  });
});

describe('giving a role', () => {
  it('answers what was given, raises the membership version and tells the whole membership', async () => {
    const person = await users.member(admin, 'viewer');
    expect(await assign(admin, person.userId, 2, siteA)).toMatchObject({
      status: 201,
      body: { user_id: person.userId, role_id: 2, role_name: 'editor', site_id: siteA },
    });
    expect((await toldOf(person)).at(-1)).toMatchObject({
      version: nthVersion(2),
      active: true,
      roles: [{ name: 'editor', site_id: siteA }, { name: 'viewer', site_id: null }],
    });
    expect((await assign(admin, person.userId, 2, siteA)).status).toBe(409);
    expect((await assign(admin, person.userId, 2)).status).toBe(201);
  });

  it('happens once, however many ask at the same time', async () => {
    const person = await users.member(admin, 'viewer');
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => assign(admin, person.userId, 6)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
    expect(await toldOf(person)).toHaveLength(2);
  });

  it('needs a live site, a role and a person of the organization', async () => {
    const person = await users.member(admin, 'viewer');
    const gone = await users.site(admin);
    await users.call(await users.tokenOf(admin), 'DELETE', `/sites/${gone}`);
    const foreignSite = await users.site(stranger);
    expect((await assign(admin, person.userId, 3, gone)).status).toBe(404);
    expect((await assign(admin, person.userId, 3, foreignSite)).status).toBe(404);
    expect((await assign(admin, person.userId, 3, newId())).status).toBe(404);
    expect((await assign(admin, person.userId, 999)).status).toBe(404);
    expect((await assign(admin, stranger.userId, 3)).status).toBe(404);
    expect((await assign(admin, newId(), 3)).status).toBe(404);
    expect((await assign(stranger, person.userId, 3)).status).toBe(404);
    expect((await assign(admin, person.userId, 4, siteA)).status).toBe(400);
  });
});

describe('nobody gives more than they hold', () => {
  it('a site_admin: neither a higher role, nor organization-wide, nor at another site, nor to people out of sight', async () => {
    const siteAdmin = await users.member(admin, 'site_admin', siteA);
    const person = await users.member(admin, 'viewer', siteA);
    const elsewhere = await users.member(admin, 'viewer', siteB);
    expect((await assign(siteAdmin, person.userId, 2, siteA)).status).toBe(201);
    expect((await assign(siteAdmin, person.userId, 5, siteA)).status).toBe(201);
    expect((await assign(siteAdmin, person.userId, 3)).status).toBe(403);
    expect((await assign(siteAdmin, siteAdmin.userId, 4)).status).toBe(403);
    expect((await assign(siteAdmin, siteAdmin.userId, 4, siteA)).status).toBe(403);
    expect((await assign(siteAdmin, person.userId, 3, siteB)).status).toBe(404);
    expect((await assign(siteAdmin, elsewhere.userId, 3, siteA)).status).toBe(404);
  });

  it('not even with a token that claims everything: what is held now counts', async () => {
    const siteAdmin = await users.member(admin, 'site_admin', siteA);
    const token = await users.tokenOf(siteAdmin, { permissions: ['roles.assign', 'users.read', 'users.create', 'sites.read'] });
    const give = (role_id: number) => users.call(token, 'POST', `/users/${siteAdmin.userId}/roles`, { body: { role_id } });
    expect((await give(4)).status).toBe(403);
    expect((await give(3)).status).toBe(403);
    expect((await users.call(token, 'POST', '/users', { body: { email: 'x@example.com', role_id: 4 } })).status).toBe(403);
  });

  it('nor a role of lower rank with permissions that they lack', async () => {
    const { rows } = await users.store.superuser.query<{ id: number }>(
      `with role as (insert into users.roles (org_id, name, rank) values ($1, 'sneaky', 1) returning id)
       insert into users.role_permissions (org_id, role_id, permission) select $1, id, 'orgs.update' from role returning role_id as id`,
      [admin.orgId],
    );
    const siteAdmin = await users.member(admin, 'site_admin', siteA);
    expect((await assign(siteAdmin, siteAdmin.userId, rows[0]?.id ?? 0, siteA)).status).toBe(403);
    expect((await assign(admin, siteAdmin.userId, rows[0]?.id ?? 0, siteA)).status).toBe(201);
  });

  it('the operator’s role is given and taken by nobody', async () => {
    expect((await assign(admin, admin.userId, 1)).status).toBe(403);
    const operator = await users.founder();
    await users.store.superuser.query(`insert into users.role_assignments (org_id, user_id, role_id) values ($1, $2, 1)`, [operator.orgId, operator.userId]);
    const person = await users.member(operator, 'viewer');
    expect((await assign(operator, person.userId, 1)).status).toBe(403);
    expect((await remove(operator, operator.userId, 1)).status).toBe(403);
    expect((await users.call(await users.tokenOf(operator), 'POST', '/invitations', { body: { email: 'a@example.com', role_id: 1 } })).status).toBe(403);
  });

  it('people above are not touched', async () => {
    const siteAdmin = await users.member(admin, 'site_admin', siteA);
    const boss = await users.member(admin, 'org_admin');
    await assign(admin, boss.userId, 3, siteA);
    expect((await assign(siteAdmin, boss.userId, 2, siteA)).status).toBe(403);
    expect((await remove(siteAdmin, boss.userId, 3, siteA)).status).toBe(403);
  });
});

describe('taking a role', () => {
  it('tells the rest of the membership, and its end with the last role', async () => {
    const person = await users.member(admin, 'viewer');
    await assign(admin, person.userId, 2, siteA);
    expect((await remove(admin, person.userId, 3)).status).toBe(204);
    expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(3), active: true, roles: [{ name: 'editor', site_id: siteA }] });
    expect((await remove(admin, person.userId, 2)).status).toBe(404);
    expect((await remove(admin, person.userId, 2, siteA)).status).toBe(204);
    expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(4), active: false, roles: [] });
    expect((await users.call(users.tokenWithoutOrganization(person.userId), 'GET', '/orgs')).body['data']).toEqual([]);
    expect((await assign(admin, person.userId, 3)).status).toBe(201);
  });

  it('is refused for the last org_admin, however it is asked', async () => {
    const founder = await users.founder();
    expect((await remove(founder, founder.userId, 4)).status).toBe(409);
    const second = await users.member(founder, 'org_admin');
    expect((await remove(second, founder.userId, 4)).status).toBe(204);
    expect((await remove(second, second.userId, 4)).status).toBe(409);
  });

  it('leaves one org_admin when all of them step down at once', async () => {
    const founder = await users.founder();
    const admins = [founder, ...(await Promise.all([1, 2, 3].map(() => users.member(founder, 'org_admin'))))];
    const tokens = await Promise.all(admins.map((person) => users.tokenOf(person)));
    const answers = await Promise.all(admins.map((person, index) => users.call(tokens[index] ?? '', 'DELETE', `/users/${person.userId}/roles/4`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 204, 204, 409]);
  });

  it('does not count a disabled org_admin as one', async () => {
    const founder = await users.founder();
    const second = await users.member(founder, 'org_admin');
    await users.store.superuser.query(`update users.members set status = 'disabled' where user_id = $1`, [second.userId]);
    expect((await remove(founder, founder.userId, 4)).status).toBe(409);
  });

  it('stops them from giving roles, even with the token of before', async () => {
    const second = await users.member(admin, 'org_admin');
    const token = await users.tokenOf(second);
    await remove(admin, second.userId, 4);
    expect((await users.call(token, 'POST', `/users/${second.userId}/roles`, { body: { role_id: 4 } })).status).toBe(403);
  });
});
