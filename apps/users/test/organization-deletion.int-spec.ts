import { invitationChanged, membershipChanged, organizationChanged } from '@atrium/contracts/domain-events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemberErasureJob } from '../src/people/member-erasure.job.js';
import { type Person, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;

beforeAll(async () => {
  users = await UsersApp.start();
});
afterAll(() => users?.stop());

const remove = async (by: Person, orgId = by.orgId) => users.call(await users.tokenOf(by), 'DELETE', `/orgs/${orgId}`);
const organizationsOf = async ({ userId }: Person) =>
  (await users.call(users.tokenWithoutOrganization(userId), 'GET', '/orgs')).body['data'] as unknown[];

describe('a deleted organization', () => {
  it('lets nobody in any more, and tells the end of every membership and invitation', async () => {
    const founder = await users.founder();
    const person = await users.member(founder, 'editor');
    const token = await users.tokenOf(founder);
    const email = randomEmail();
    const invitation = await users.call(token, 'POST', '/invitations', { body: { email, role_id: 3 } });
    expect((await remove(founder)).status).toBe(204);
    expect((await users.published(organizationChanged, founder.orgId)).at(-1)).toMatchObject({ name: 'Acme', version: 2, deleted: true });
    const told = await users.published(membershipChanged, founder.orgId);
    for (const { userId } of [founder, person]) expect(told.findLast((one) => one['user_id'] === userId)).toMatchObject({ active: false });
    const revoked = (await users.published(invitationChanged, founder.orgId)).at(-1);
    expect(revoked).toMatchObject({ invitation_id: invitation.body['id'], status: 'revoked' });
    expect([await organizationsOf(founder), await organizationsOf(person)]).toEqual([[], []]);
    expect((await users.call(token, 'GET', `/orgs/${founder.orgId}`)).status).toBe(404);
    expect((await users.call(token, 'DELETE', `/orgs/${founder.orgId}`)).status).toBe(404);
    expect((await users.call(token, 'POST', '/invitations', { body: { email, role_id: 3 } })).status).toBe(403);
    expect((await users.call(token, 'POST', `/users/${person.userId}/restore`)).status).toBe(403);
  });

  it('is forgotten with its people after 30 days', async () => {
    const founder = await users.founder();
    const person = await users.member(founder, 'editor');
    await remove(founder);
    await users.store.superuser.query(`update users.members set removed_at = now() - interval '31 days' where org_id = $1`, [founder.orgId]);
    await users.get(MemberErasureJob).run();
    const { rows } = await users.store.superuser.query(`select 1 from users.members where user_id = any ($1)`, [[founder.userId, person.userId]]);
    expect(rows).toEqual([]);
  });

  it('leaves the person’s other organizations alone', async () => {
    const founder = await users.founder();
    await users.call(await users.tokenOf(founder), 'POST', '/orgs', { body: { name: 'Second' } });
    await remove(founder);
    expect(await organizationsOf(founder)).toMatchObject([{ name: 'Second' }]);
  });
});

describe('deleting an organization', () => {
  it('needs orgs.delete, held now, in that very organization', async () => {
    const [founder, stranger] = [await users.founder(), await users.founder()];
    expect((await remove(await users.member(founder, 'editor'))).status).toBe(403);
    expect((await remove(stranger, founder.orgId)).status).toBe(404);
    const second = await users.member(founder, 'org_admin');
    const token = await users.tokenOf(second);
    await users.call(await users.tokenOf(founder), 'DELETE', `/users/${second.userId}/roles/4`);
    expect((await users.call(token, 'DELETE', `/orgs/${founder.orgId}`)).status).toBe(403);
    expect(await organizationsOf(founder)).toHaveLength(1);
  });

  it('happens by itself when the only person leaves', async () => {
    const founder = await users.founder();
    expect((await users.call(users.tokenWithoutOrganization(founder.userId), 'DELETE', '/users/me')).status).toBe(204);
    expect((await users.published(organizationChanged, founder.orgId)).at(-1)).toMatchObject({ deleted: true });
    expect((await users.published(membershipChanged, founder.orgId)).at(-1)).toMatchObject({ active: false });
  });
});
