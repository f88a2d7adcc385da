import { type Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountRepository } from '../src/accounts/account.repository.js';
import { InvitationRepository } from '../src/invitations/invitation.repository.js';
import { MemberRepository } from '../src/memberships/member.repository.js';
import { RoleAssignmentRepository } from '../src/memberships/role-assignment.repository.js';
import { UserRepository } from '../src/people/user.repository.js';
import { SiteRepository } from '../src/sites/site.repository.js';
import { type Person, UsersApp } from './users-app.js';

const tenantTables = ['organizations', 'members', 'member_counts', 'role_assignments', 'sites', 'invitations'];

let users: UsersApp;
let database: Database;
let ada: Person;
let bob: Person;
let site: string;
let invitationId: string;

beforeAll(async () => {
  users = await UsersApp.start();
  database = await users.store.openApp();
  [ada, bob] = [await users.founder(), await users.founder()];
  site = await users.site(ada);
  await users.site(bob);
  await users.member(ada, 'viewer', site);
  const body = { email: 'pending@example.com', role_id: 3 };
  invitationId = String((await users.call(await users.tokenOf(ada), 'POST', '/invitations', { body })).body['id']);
  await users.call(await users.tokenOf(bob), 'POST', '/invitations', { body });
});
afterAll(() => users?.stop());

const organizationsIn = async (tx: TenantTransaction, table: string): Promise<string[]> => {
  const rows = await tx.manager.query<{ org_id: string }[]>(`select distinct org_id from users.${table}`);
  return rows.map(({ org_id }) => org_id);
};

describe('row-level security alone', () => {
  it.each(tenantTables)('shows the own rows of %s, without any condition in the query', async (table) => {
    expect(await database.inTenant(ada.orgId, (tx) => organizationsIn(tx, table))).toEqual([ada.orgId]);
  });

  it.each([...tenantTables, 'accounts'])('shows no row of %s without a tenant', async (table) => {
    const rows = await database.withoutTenant(({ manager }) => manager.query<unknown[]>(`select 1 from users.${table}`));
    expect(rows).toEqual([]);
    expect(await database.dataSource.query(`select 1 from users.${table}`)).toEqual([]);
  });

  it.each(tenantTables.filter((table) => table !== 'member_counts'))('lets nobody change or delete rows of another organization in %s', async (table) => {
    const [updated, deleted] = await database.inTenant(ada.orgId, async ({ manager }) => [
      await manager.query<[unknown[], number]>(`update users.${table} set org_id = org_id where org_id = $1`, [bob.orgId]),
      await manager.query<[unknown[], number]>(`delete from users.${table} where org_id = $1`, [bob.orgId]),
    ]);
    expect([updated?.[1], deleted?.[1]]).toEqual([0, 0]);
  });

  it('lets nobody write a row into another organization, or into none', async () => {
    const insertSite = (orgId: string | null) =>
      database.inTenant(ada.orgId, ({ manager }) => manager.query(`insert into users.sites (org_id, id, name) values ($1, $2, 'x')`, [orgId, newId()]));
    await expect(insertSite(bob.orgId)).rejects.toThrow(/row-level security/);
    await expect(insertSite(null)).rejects.toThrow(/row-level security|null value/);
    const insertRole = database.inTenant(ada.orgId, ({ manager }) => manager.query(`insert into users.roles (id, name, rank) values (7, 'super', 100)`));
    await expect(insertRole).rejects.toThrow(/row-level security/);
    const grow = database.inTenant(ada.orgId, ({ manager }) =>
      manager.query(`insert into users.role_permissions (org_id, role_id, permission) values (null, 3, 'orgs.update')`),
    );
    await expect(grow).rejects.toThrow(/row-level security/);
  });

  it("shows the platform's roles to all, and changes them for nobody", async () => {
    const changed = await database.inTenant(ada.orgId, async ({ manager }) => {
      expect(await manager.query(`select 1 from users.roles where id < 1000`)).toHaveLength(6);
      return manager.query<[unknown[], number]>(`update users.roles set rank = 100 where id < 1000`);
    });
    expect(changed[1]).toBe(0);
  });

  it('shows people their own account and memberships across organizations, and lets them change none from there', async () => {
    const seen = await database.asUser(ada.userId, async ({ manager }) => ({
      accounts: await manager.query<{ user_id: string }[]>('select user_id from users.accounts'),
      members: await manager.query<{ user_id: string }[]>('select user_id from users.members'),
      organizations: await manager.query<{ org_id: string }[]>('select org_id from users.organizations'),
      sites: await manager.query<unknown[]>('select 1 from users.sites'),
      changed: await manager.query<[unknown[], number]>(`update users.members set status = 'active'`),
    }));
    expect(seen.accounts).toEqual([{ user_id: ada.userId }]);
    expect(seen.members).toEqual([{ user_id: ada.userId }]);
    expect(seen.organizations).toEqual([{ org_id: ada.orgId }]);
    expect(seen.sites).toEqual([]);
    expect(seen.changed[1]).toBe(0);
  });

  it("keeps the search function to the transaction's organization", async () => {
    const found = (orgId: string, email: string) =>
      database.inTenant(orgId, ({ manager }) => manager.query<unknown[]>('select users.search_members($1, 10)', [`%${email}%`]));
    expect(await found(ada.orgId, ada.email)).toHaveLength(1);
    expect(await found(ada.orgId, bob.email)).toHaveLength(0);
    expect(await database.withoutTenant(({ manager }) => manager.query<unknown[]>(`select users.search_members('%', 10)`))).toHaveLength(0);
  });
});

describe('the repositories', () => {
  it('find nothing of another organization', async () => {
    const assignments = new RoleAssignmentRepository();
    await database.inTenant(bob.orgId, async (tx) => {
      expect(await new MemberRepository().find(tx, ada.userId)).toBeUndefined();
      expect(await assignments.heldBy(tx, [ada.userId])).toEqual([]);
      expect(await assignments.remove(tx, { userId: ada.userId, roleId: 4, siteId: null })).toBe(false);
      expect(await new SiteRepository().find(tx, site)).toBeUndefined();
      expect(await new SiteRepository().delete(tx, site)).toBeUndefined();
      expect(await new InvitationRepository().findForUpdate(tx, invitationId)).toBeUndefined();
      expect(await new InvitationRepository().revoke(tx, invitationId)).toBeUndefined();
      expect(await new UserRepository().countAll(tx)).toBe(1);
    });
  });

  it("find nobody else's account", async () => {
    const find = (by: string, whose: string) => database.asUser(by, (tx) => new AccountRepository().findRegistered(tx, whose));
    expect(await find(ada.userId, ada.userId)).toMatchObject({ email: ada.email });
    expect(await find(ada.userId, bob.userId)).toBeUndefined();
  });
});

describe('the counts of people', () => {
  it('follow every way in which a membership can change', async () => {
    const counts = async () => {
      const { rows } = await users.store.superuser.query<{ kept: string; counted: string }>(
        `select (select coalesce(json_object_agg(status, members order by status), '{}')::text from users.member_counts where org_id = $1 and members > 0) as kept,
           (select coalesce(json_object_agg(status, n order by status), '{}')::text from
             (select status, count(*) as n from users.members where org_id = $1 group by status) counted) as counted`,
        [ada.orgId],
      );
      return rows[0];
    };
    const person = await users.member(ada, 'viewer');
    for (const change of [
      `update users.members set status = 'disabled' where user_id = '${person.userId}'`,
      `update users.members set first_name = 'X' where org_id = '${ada.orgId}'`,
      `update users.members set status = 'active' where user_id = '${person.userId}'`,
      `update users.members set status = 'disabled' where user_id = '${person.userId}'`,
      `delete from users.members where user_id = '${person.userId}'`,
    ]) {
      await users.store.superuser.query(change);
      const now = await counts();
      expect(now?.kept, change).toBe(now?.counted);
    }
  });
});
