import { isOperator, type Principal } from '@atrium/contract-kit';
import { systemRoles } from '@atrium/contracts/users';
import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { permissionsOfRoleSql } from '../roles/role.repository.js';
import { withinToken } from './token-reach.js';

/** A role that a person holds, organization-wide where `site_id` is null. */
export interface HeldRole {
  readonly user_id: string;
  readonly role_id: number;
  readonly name: string;
  readonly rank: number;
  readonly site_id: string | null;
  readonly permissions: readonly string[];
}

export interface RoleAssignment {
  readonly userId: string;
  readonly roleId: number;
  readonly siteId: string | null;
}

export const isOrganizationAdmin = (held: readonly HeldRole[]): boolean =>
  held.some(({ role_id, site_id }) => role_id === systemRoles.org_admin.id && site_id === null);

const sameAssignment = `org_id = $1 and user_id = $2 and role_id = $3 and site_id is not distinct from $4::uuid`;

@Injectable()
export class RoleAssignmentRepository {
  /** Highest first. */
  heldBy(tx: TenantTransaction, userIds: readonly string[]): Promise<HeldRole[]> {
    return rowsOf<HeldRole>(
      tx,
      `select a.user_id, a.role_id, r.name, r.rank, a.site_id,
         ${permissionsOfRoleSql} as permissions
       from users.role_assignments a
       join users.roles r on r.id = a.role_id and (r.org_id is null or r.org_id = $1)
       where a.org_id = $1 and a.user_id = any ($2::uuid[])
       order by r.rank desc, r.id, a.site_id nulls first`,
      [tx.orgId, userIds],
    );
  }

  /** What the principal can act by: nothing unless the person is active in the organization, or its visitor, the operator. */
  async heldByActive(tx: TenantTransaction, principal: Principal): Promise<readonly HeldRole[]> {
    const { userId } = principal;
    if (isOperator(principal)) return this.heldByOperator(tx, userId);
    const active = await findRow(
      tx,
      `select 1 as active from users.members where org_id = $1 and user_id = $2 and status = 'active'`,
      [tx.orgId, userId],
    );
    return active ? withinToken(principal, await this.heldBy(tx, [userId])) : [];
  }

  /** Their token alone says so; nothing of it is stored in an organization. */
  private heldByOperator(tx: TenantTransaction, userId: string): Promise<HeldRole[]> {
    return rowsOf<HeldRole>(
      tx,
      `select $2::uuid as user_id, r.id as role_id, r.name, r.rank, null::uuid as site_id, ${permissionsOfRoleSql} as permissions
       from users.roles r where r.id = $3 and r.org_id is null and $1::uuid is not null`,
      [tx.orgId, userId, systemRoles.admin.id],
    );
  }

  async isHeld(tx: TenantTransaction, roleId: number): Promise<boolean> {
    const rows = await rowsOf(tx, `select 1 as held from users.role_assignments where org_id = $1 and role_id = $2 limit 1`, [
      ...[tx.orgId, roleId],
    ]);
    return rows.length > 0;
  }

  /** Ids of people who hold the role, in their order, from after that one. */
  async holdersOf(tx: TenantTransaction, roleId: number, after: string | null, limit: number): Promise<string[]> {
    const rows = await rowsOf<{ user_id: string }>(
      tx,
      `select distinct user_id from users.role_assignments
       where org_id = $1 and role_id = $2 and ($3::uuid is null or user_id > $3) order by user_id limit $4`,
      [tx.orgId, roleId, after, limit],
    );
    return rows.map((row) => row.user_id);
  }

  /** {@link heldBy} by person; those without a role are not in it. */
  async heldByEach(tx: TenantTransaction, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly HeldRole[]>> {
    const held = new Map<string, HeldRole[]>();
    for (const role of await this.heldBy(tx, userIds)) held.set(role.user_id, [...(held.get(role.user_id) ?? []), role]);
    return held;
  }

  /** When it was given; undefined when the person holds it already. */
  async add(
    tx: TenantTransaction,
    { userId, roleId, siteId }: RoleAssignment,
    assignedBy: string | null,
  ): Promise<Date | undefined> {
    const row = await findRow<{ assigned_at: Date }>(
      tx,
      `insert into users.role_assignments (org_id, user_id, role_id, site_id, assigned_by) values ($1, $2, $3, $4, $5)
       on conflict on constraint role_assignments_once do nothing returning assigned_at`,
      [tx.orgId, userId, roleId, siteId, assignedBy],
    );
    return row?.assigned_at;
  }

  /** False when the person doesn't hold it. */
  async remove(tx: TenantTransaction, { userId, roleId, siteId }: RoleAssignment): Promise<boolean> {
    const rows = await rowsOf(tx, `delete from users.role_assignments where ${sameAssignment} returning user_id`, [
      ...[tx.orgId, userId, roleId, siteId],
    ]);
    return rows.length > 0;
  }

  async removeAllOf(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(tx, `delete from users.role_assignments where org_id = $1 and user_id = $2`, [tx.orgId, userId]);
  }

  /** Removed people no longer get the role back. */
  async removeFromRemoved(tx: TenantTransaction, roleId: number): Promise<void> {
    await rowsOf(
      tx,
      `delete from users.role_assignments a using users.members m
       where a.org_id = $1 and a.role_id = $2 and m.org_id = $1 and m.user_id = a.user_id and m.status = 'removed'`,
      [tx.orgId, roleId],
    );
  }

  /** People who held a role at the site. */
  async removeAtSite(tx: TenantTransaction, siteId: string): Promise<string[]> {
    const rows = await rowsOf<{ user_id: string }>(
      tx,
      `delete from users.role_assignments where org_id = $1 and site_id = $2 returning user_id`,
      [tx.orgId, siteId],
    );
    return [...new Set(rows.map((row) => row.user_id))];
  }

  /**
   * Whether somebody else administers the whole organization. Whoever has not verified their address can't sign in, and
   * may never do so: they stand in for nobody who has.
   */
  async hasOrganizationAdminBeside(tx: TenantTransaction, userId: string): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `select 1 as found from users.role_assignments a
       join users.members m on m.org_id = a.org_id and m.user_id = a.user_id and m.status = 'active'
       where a.org_id = $1 and a.role_id = $2 and a.site_id is null and a.user_id <> $3
         and (m.email_verified or not exists (select from users.members p where p.org_id = $1 and p.user_id = $3 and p.email_verified))
       limit 1`,
      [tx.orgId, systemRoles.org_admin.id, userId],
    );
    return rows.length > 0;
  }
}
