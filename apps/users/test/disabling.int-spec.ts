import { membershipChanged } from '@atrium/contracts/domain-events';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nthVersion, type Person, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  admin = await users.founder();
});
afterAll(() => users?.stop());

const set = async (by: Person, userId: string, action: 'disable' | 'enable') =>
  users.call(await users.tokenOf(by), 'POST', `/users/${userId}/${action}`);
const toldOf = async ({ orgId, userId }: Person) =>
  (await users.published(membershipChanged, orgId)).filter((membership) => membership['user_id'] === userId);

describe('a disabled person', () => {
  it('has no active membership until they are enabled, then the roles of before', async () => {
    const person = await users.member(admin, 'editor');
    const answer = await set(admin, person.userId, 'disable');
    expect(answer).toMatchObject({ status: 200, etag: '"3"', body: { id: person.userId, status: 'disabled', roles: [{ name: 'editor' }] } });
    expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(2), active: false });
    const listed = await users.call(await users.tokenOf(admin), 'GET', '/users?status=disabled');
    expect(listed.body).toMatchObject({ data: [{ id: person.userId }], pagination: { total_count: 1 } });
    expect((await set(admin, person.userId, 'enable')).body).toMatchObject({ status: 'active' });
    expect((await toldOf(person)).at(-1)).toMatchObject({ version: nthVersion(3), active: true, roles: [{ name: 'editor' }] });
  });

  it('stays as they are when asked twice, and nobody is told', async () => {
    const person = await users.member(admin, 'viewer');
    const first = await set(admin, person.userId, 'disable');
    expect(await set(admin, person.userId, 'disable')).toMatchObject({ status: 200, etag: first.etag });
    expect(await toldOf(person)).toHaveLength(2);
  });

  it('does nothing by a token of before', async () => {
    const second = await users.member(admin, 'org_admin');
    const token = await users.tokenOf(second);
    const victim = await users.member(admin, 'viewer');
    await set(admin, second.userId, 'disable');
    for (const userId of [victim.userId, admin.userId]) {
      expect((await users.call(token, 'POST', `/users/${userId}/disable`)).status).toBe(403);
      expect((await users.call(token, 'POST', `/users/${userId}/roles`, { body: { role_id: 2 } })).status).toBe(403);
    }
    expect((await users.call(token, 'POST', `/users/${second.userId}/enable`)).status).toBe(403);
  });
});

describe('disabling', () => {
  it('is refused for oneself, for people above, without users.update for all, and across organizations', async () => {
    const role = { name: `Keeper ${newId()}`, rank: 45, permissions: ['users.update', 'users.read'] };
    const made = await users.call(await users.tokenOf(admin), 'POST', '/roles', { body: role });
    const keeper = await users.member(admin, 'viewer');
    await users.call(await users.tokenOf(admin), 'POST', `/users/${keeper.userId}/roles`, { body: { role_id: made.body['id'] } });
    const site = await users.site(admin);
    const siteAdmin = await users.member(admin, 'site_admin', site);
    const person = await users.member(admin, 'viewer', site);
    expect((await set(admin, admin.userId, 'disable')).status).toBe(403);
    expect((await set(keeper, admin.userId, 'disable')).status).toBe(403);
    expect((await set(siteAdmin, person.userId, 'disable')).status).toBe(403);
    expect((await set(keeper, person.userId, 'disable')).status).toBe(200);
    expect((await set(await users.founder(), person.userId, 'enable')).status).toBe(404);
    expect((await set(admin, newId(), 'disable')).status).toBe(404);
  });

  it('leaves one org_admin when two disable each other at once', async () => {
    const founder = await users.founder();
    const second = await users.member(founder, 'org_admin');
    const answers = await Promise.all([set(founder, second.userId, 'disable'), set(second, founder.userId, 'disable')]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
  });
});
