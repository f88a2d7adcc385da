import { invitationChanged, membershipChanged, organizationChanged } from '@atrium/contracts/domain-events';
import { systemRoles } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nthVersion, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;

beforeAll(async () => {
  users = await UsersApp.start();
});
afterAll(() => users?.stop());

const own = async (person: { userId: string; orgId: string }) =>
  (await users.call(await users.tokenOf(person), 'GET', `/users/${person.userId}`)).body;
const verifiedAt = '2026-11-20T10:00:00.000Z';
const [earlier, later] = ['2026-11-20T10:01:00.000Z', '2026-11-20T10:02:00.000Z'];

describe('a registration', () => {
  it('founds the organization with the person as its org_admin, and tells so', async () => {
    const person = await users.founder();
    expect(await own(person)).toMatchObject({ email: person.email, email_verified: false, last_login: null, roles: [{ id: 4, name: 'org_admin', site_id: null }] });
    expect(await users.published(organizationChanged, person.orgId)).toEqual([{ org_id: person.orgId, name: 'Acme', version: 1 }]);
    const permissions = systemRoles.org_admin.permissions.toSorted();
    expect(await users.published(membershipChanged, person.orgId)).toEqual([
      { org_id: person.orgId, user_id: person.userId, version: nthVersion(1), active: true, roles: [{ name: 'org_admin', site_id: null, permissions }] },
    ]);
  });

  it('heard twice founds one organization', async () => {
    const [userId, email] = [newId(), randomEmail()];
    await users.register({ user_id: userId, email });
    await users.register({ user_id: userId, email });
    const { rows } = await users.store.superuser.query('select 1 from users.members where user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
  });

  it('heard twice at once founds one organization', async () => {
    const [userId, email] = [newId(), randomEmail()];
    await Promise.all(
      [1, 2].map(() =>
        users.database.withoutTenant(() =>
          users.events.registered({ user_id: userId, email, organization_name: 'A', invitation_id: null, registered_at: verifiedAt }),
        ),
      ),
    );
    const { rows } = await users.store.superuser.query('select 1 from users.members where user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
  });

  it('heard after verification and sign-in loses neither', async () => {
    const [userId, email] = [newId(), randomEmail()];
    await users.events.loggedIn({ user_id: userId, logged_in_at: earlier });
    await users.events.emailVerified({ user_id: userId, verified_at: verifiedAt });
    await users.register({ user_id: userId, email });
    const orgId = await users.organizationOf(userId);
    expect(await own({ userId, orgId })).toMatchObject({ email_verified: true, last_login: earlier });
  });

  it('is followed by verification and sign-in in any order, and the latest sign-in stays', async () => {
    const person = await users.founder();
    await users.events.loggedIn({ user_id: person.userId, logged_in_at: later });
    await users.events.loggedIn({ user_id: person.userId, logged_in_at: earlier });
    await users.events.emailVerified({ user_id: person.userId, verified_at: verifiedAt });
    expect(await own(person)).toMatchObject({ email_verified: true, last_login: later });
  });

  it('takes e-mail addresses whatever their case', async () => {
    const { userId } = await users.register({ email: 'Mixed.Case@Example.COM' });
    expect(await own({ userId, orgId: await users.organizationOf(userId) })).toMatchObject({ email: 'mixed.case@example.com' });
  });
});

describe('a registration with an invitation', () => {
  const invite = async (email: string) => {
    const admin = await users.founder();
    const answer = await users.call(await users.tokenOf(admin), 'POST', '/users', {
      body: { email, role_id: 2, profile: { first_name: 'Ida', last_name: null } },
    });
    return { admin, id: String(answer.body['id']) };
  };

  it('joins the inviting organization in the promised role, and founds none', async () => {
    const email = randomEmail();
    const { admin, id } = await invite(email);
    const { userId } = await users.register({ email, organization_name: null, invitation_id: id });
    const orgId = await users.organizationOf(userId);
    expect(orgId).toBe(admin.orgId);
    expect(await own({ userId, orgId })).toMatchObject({ roles: [{ id: 2 }], profile: { first_name: 'Ida', last_name: null } });
    expect((await users.published(invitationChanged, orgId)).at(-1)).toMatchObject({ invitation_id: id, status: 'accepted', version: 2 });
  });

  it.each(['another e-mail', 'a revoked one', 'an expired one', 'an unknown one', 'one used before'])(
    'leaves the person without an organization: %s',
    async (kind) => {
      const email = randomEmail();
      const { admin, id } = await invite(email);
      if (kind === 'a revoked one') await users.call(await users.tokenOf(admin), 'DELETE', `/invitations/${id}`);
      if (kind === 'an expired one') await users.store.superuser.query(`update users.invitations set expires_at = now() - interval '1 s' where id = $1`, [id]);
      if (kind === 'one used before') await users.register({ email, organization_name: null, invitation_id: id });
      const { userId } = await users.register({
        email: kind === 'another e-mail' ? randomEmail() : email,
        organization_name: null,
        invitation_id: kind === 'an unknown one' ? newId() : id,
      });
      expect(await users.organizationOf(userId)).toBe('');
      expect(users.log.at(-1)).toMatchObject({ level: 'warn' });
    },
  );

  it('counts as used when the person used it, however late that is heard', async () => {
    const email = randomEmail();
    const { admin, id } = await invite(email);
    await users.store.superuser.query(`update users.invitations set expires_at = now() - interval '1 minute' where id = $1`, [id]);
    const registered_at = new Date(Date.now() - 120_000).toISOString();
    const { userId } = await users.register({ email, organization_name: null, invitation_id: id, registered_at });
    expect(await users.organizationOf(userId)).toBe(admin.orgId);
  });
});
