import type { Principal } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { permissionCatalog, systemRoles } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Person, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
/** On a visit to the organization: their home is another one. */
let operator: Person;
let token: string;

const visit: Partial<Principal> = { roles: ['admin'], permissions: Object.keys(permissionCatalog) };

beforeAll(async () => {
  users = await UsersApp.start();
});
beforeEach(async () => {
  admin = await users.founder();
  operator = { ...(await users.founder()), orgId: admin.orgId };
  token = await users.tokenOf(operator, visit);
});
afterAll(() => users?.stop());

const assign = (userId: string, role: keyof typeof systemRoles) =>
  users.call(token, 'POST', `/users/${userId}/roles`, { body: { role_id: systemRoles[role].id } });

describe('the operator inside an organization', () => {
  it('gives and takes roles up to org_admin, disables and removes people, none of whom rank above them', async () => {
    const person = await users.member(admin, 'viewer');
    expect((await assign(person.userId, 'org_admin')).status).toBe(201);
    expect((await users.call(token, 'DELETE', `/users/${admin.userId}/roles/${systemRoles.org_admin.id}`)).status).toBe(204);
    const other = await users.member(person, 'org_admin');
    expect((await users.call(token, 'GET', `/users/${other.userId}`)).status).toBe(200);
    expect((await users.call(token, 'POST', `/users/${other.userId}/disable`)).status).toBe(200);
    expect((await users.call(token, 'DELETE', `/users/${other.userId}`)).status).toBe(204);
  });

  it('gives the operator’s role to nobody', async () => {
    const person = await users.member(admin, 'viewer');
    expect((await assign(person.userId, 'admin')).status).toBe(403);
    expect((await users.call(token, 'POST', '/invitations', { body: { email: randomEmail(), role_id: systemRoles.admin.id } })).status).toBe(403);
  });

  it('leaves an org_admin in every organization', async () => {
    const answers = [
      await users.call(token, 'DELETE', `/users/${admin.userId}/roles/${systemRoles.org_admin.id}`),
      await users.call(token, 'DELETE', `/users/${admin.userId}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
  });

  it('makes roles of the organization’s own permissions, below their own rank', async () => {
    const name = `own_${newId().replaceAll(/[^a-z]/g, '')}.use`;
    expect((await users.call(token, 'POST', '/permissions', { body: { name, description: 'Own' } })).status).toBe(201);
    const role = (rank: number) => users.call(token, 'POST', '/roles', { body: { name: `R ${newId()}`, rank, permissions: [name, 'orgs.delete'] } });
    expect([(await role(99)).status, (await role(100)).status]).toEqual([201, 403]);
    expect((await users.call(token, 'POST', '/roles', { body: { name: 'Admin', permissions: [] } })).status).toBe(409);
  });

  it('invites people whose invitations outlive the visit', async () => {
    const email = randomEmail();
    const invitation = await users.call(token, 'POST', '/invitations', { body: { email, role_id: systemRoles.org_admin.id } });
    const { userId } = await users.register({ email, organization_name: null, invitation_id: String(invitation.body['id']) });
    expect((await users.call(await users.tokenOf(admin), 'GET', `/users/${userId}`)).body).toMatchObject({ roles: [{ name: 'org_admin' }] });
  });

  it('is not among its people, and nobody there can touch them', async () => {
    const adminToken = await users.tokenOf(admin);
    const listed = await users.call(adminToken, 'GET', '/users');
    expect(listed.body['data']).toMatchObject([{ id: admin.userId }]);
    const byAdmin = [
      await users.call(adminToken, 'GET', `/users/${operator.userId}`),
      await users.call(adminToken, 'DELETE', `/users/${operator.userId}`),
    ];
    expect(byAdmin.map(({ status }) => status)).toEqual([404, 404]);
    expect((await users.call(token, 'GET', `/users/${operator.userId}`)).status).toBe(404);
  });

  it('acts under their own id in its audit log', async () => {
    const person = await users.member(admin, 'viewer');
    await assign(person.userId, 'editor');
    const entries = await users.published(auditRecorded, admin.orgId);
    expect(entries.find((entry) => entry['action'] === 'role.assigned')).toMatchObject({ actor: { kind: 'user', id: operator.userId } });
  });

  it('acts nowhere by a program: an API key with that name of a role is none', async () => {
    const key = await users.tokenOf(operator, { ...visit, kind: 'api_key' });
    const person = await users.member(admin, 'viewer');
    const body = { role_id: systemRoles.viewer.id };
    expect((await users.call(key, 'POST', `/users/${person.userId}/roles`, { body })).status).toBe(403);
  });
});
