import { permissionCatalog, systemRoles } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
let siteA: string;
let siteB: string;

beforeAll(async () => {
  users = await UsersApp.start();
  admin = await users.founder();
  [siteA, siteB] = [await users.site(admin), await users.site(admin)];
});
afterAll(() => users?.stop());

const everything = Object.keys(permissionCatalog);
const viewerGiver = ['users.create', 'users.read', 'roles.assign', 'sites.read', ...systemRoles.viewer.permissions];
const ifMatch = (version: unknown) => ({ headers: { 'if-match': `"${String(version)}"` } });
const invite = async (key: string, role: keyof typeof systemRoles, siteId?: string) =>
  (await users.call(key, 'POST', '/invitations', { body: { email: randomEmail(), role_id: systemRoles[role].id, ...(siteId ? { site_id: siteId } : {}) } })).status;

describe("an org_admin's API key", () => {
  it('gives roles within its own permissions, and no other that its owner could give', async () => {
    const key = await users.keyOf(admin, viewerGiver);
    expect([await invite(key, 'viewer'), await invite(key, 'viewer', siteA)]).toEqual([201, 201]);
    expect([await invite(key, 'member'), await invite(key, 'editor', siteA), await invite(key, 'org_admin')]).toEqual([403, 403, 403]);
    const person = await users.member(admin, 'viewer');
    const assign = async (role_id: number, site_id?: string) =>
      (await users.call(key, 'POST', `/users/${person.userId}/roles`, { body: { role_id, ...(site_id ? { site_id } : {}) } })).status;
    expect([await assign(systemRoles.org_admin.id), await assign(systemRoles.editor.id, siteA), await assign(systemRoles.viewer.id, siteA)]).toEqual([403, 403, 201]);
    expect((await users.call(key, 'DELETE', `/users/${admin.userId}/roles/${systemRoles.org_admin.id}`)).status).toBe(403);
  });

  it('of one site gives nothing at another, and nothing for the organization', async () => {
    const key = await users.keyOf(admin, everything, siteA);
    expect([await invite(key, 'viewer', siteA), await invite(key, 'site_admin', siteA)]).toEqual([201, 201]);
    expect([await invite(key, 'viewer', siteB), await invite(key, 'viewer')]).toEqual([404, 403]);
    expect((await users.call(key, 'GET', `/sites/${siteA}`)).status).toBe(200);
    expect((await users.call(key, 'GET', `/sites/${siteB}`)).status).toBe(404);
    const sites = (await users.call(key, 'GET', '/sites')).body['data'] as { id: string }[];
    expect(sites.map(({ id }) => id)).toEqual([siteA]);
    expect((await users.call(key, 'POST', '/sites', { body: { name: 'C' } })).status).toBe(403);
  });

  it('makes and changes no role beyond its own permissions', async () => {
    const key = await users.keyOf(admin, ['roles.manage', 'roles.read', 'assets.read']);
    const role = (permissions: string[]) => users.call(key, 'POST', '/roles', { body: { name: `R ${newId()}`, permissions } });
    const made = await role(['assets.read']);
    expect(made.status).toBe(201);
    expect((await role(['assets.read', 'orgs.delete'])).status).toBe(403);
    const set = (permissions: string[]) => users.call(key, 'PUT', `/roles/${String(made.body['id'])}/permissions`, { body: { permissions }, ...ifMatch(1) });
    expect((await set(['users.delete'])).status).toBe(403);
  });

  it('is not the person: it sees and changes them by its permissions alone', async () => {
    const blind = await users.keyOf(admin, ['assets.read']);
    expect((await users.call(blind, 'GET', `/users/${admin.userId}`)).status).toBe(403);
    const reader = await users.keyOf(admin, ['users.read']);
    const me = await users.call(reader, 'GET', `/users/${admin.userId}`);
    expect(me.status).toBe(200);
    const change = (key: string) => users.call(key, 'PUT', `/users/${admin.userId}`, { body: { profile: { first_name: 'Key' } }, ...ifMatch(me.body['version'] ?? me.etag?.replaceAll('"', '')) });
    expect((await change(reader)).status).toBe(403);
    const atSite = await users.keyOf(admin, ['users.read', 'users.update'], siteA);
    expect((await users.call(atSite, 'GET', `/users/${admin.userId}`)).status).toBe(404);
    expect((await change(atSite)).status).toBe(404);
    expect((await change(await users.keyOf(admin, ['users.read', 'users.update']))).status).toBe(200);
  });

  it('reads the organization with the permission to alone, and founds, leaves and exports none', async () => {
    expect((await users.call(await users.keyOf(admin, ['orgs.read']), 'GET', `/orgs/${admin.orgId}`)).status).toBe(200);
    expect((await users.call(await users.keyOf(admin, ['assets.read']), 'GET', `/orgs/${admin.orgId}`)).status).toBe(403);
    const key = await users.keyOf(admin, everything);
    const asPerson = [['GET', '/orgs'], ['POST', '/orgs', { name: 'Mine' }], ['GET', '/users/me/export'], ['DELETE', '/users/me'], ['POST', '/invitations/accept', { token: 'x'.repeat(43) }]] as const;
    for (const [method, path, body] of asPerson) {
      expect(`${method} ${path} ${(await users.call(key, method, path, { body })).status}`).toBe(`${method} ${path} 403`);
    }
  });

  it('removes people only with the permission for the whole organization, and brings back no role beyond its own', async () => {
    const person = await users.member(admin, 'editor');
    const remove = async (key: string) => (await users.call(key, 'DELETE', `/users/${person.userId}`)).status;
    expect([await remove(await users.keyOf(admin, ['users.read'])), await remove(await users.keyOf(admin, everything, siteA))]).toEqual([403, 403]);
    const key = await users.keyOf(admin, ['users.read', 'users.delete']);
    expect(await remove(key)).toBe(204);
    const restored = await users.call(key, 'POST', `/users/${person.userId}/restore`);
    expect(restored).toMatchObject({ status: 200, body: { roles: [] } });
  });

  it('gets no answer that was meant for the person, by their Idempotency-Key', async () => {
    const headers = { 'idempotency-key': newId() };
    const body = { email: randomEmail(), role_id: systemRoles.editor.id };
    expect((await users.call(await users.tokenOf(admin), 'POST', '/invitations', { body, headers })).status).toBe(201);
    expect((await users.call(await users.keyOf(admin, viewerGiver), 'POST', '/invitations', { body, headers })).status).toBe(403);
  });
});
