import { systemRoles } from '@atrium/contracts/users';
import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface RoleRow {
  readonly id: number;
  readonly name: string;
  readonly rank: number;
  readonly system: boolean;
  readonly version: number;
  readonly permissions: readonly string[];
}

export interface NewRole {
  readonly name: string;
  readonly rank: number;
}

export const rolesNameIndex = 'roles_name';

/** Of `users.roles r` in the organization `$1`. An org_admin's role and the operator's hold the organization's own permissions, too. */
export const permissionsOfRoleSql = `array(
  select p.permission from users.role_permissions p where p.role_id = r.id and (p.org_id is null or p.org_id = $1)
  union select c.name from users.permissions c where r.id in (${systemRoles.org_admin.id}, ${systemRoles.admin.id}) and c.org_id = $1
  order by 1)`;

const live = '(r.org_id is null or r.org_id = $1) and r.deleted_at is null';
const rolesSql = `
  select r.id, r.name, r.rank, r.system, r.version, ${permissionsOfRoleSql} as permissions
  from users.roles r where ${live}`;

/** The platform's roles and the organization's own; deleted ones are kept for past invitations, and never shown. */
@Injectable()
export class RoleRepository {
  list(tx: TenantTransaction): Promise<RoleRow[]> {
    return rowsOf<RoleRow>(tx, `${rolesSql} order by r.rank desc, r.id`, [tx.orgId]);
  }

  find(tx: TenantTransaction, id: number): Promise<RoleRow | undefined> {
    return findRow<RoleRow>(tx, `${rolesSql} and r.id = $2`, [tx.orgId, id]);
  }

  async findIdsByName(tx: TenantTransaction, name: string): Promise<number[]> {
    const rows = await rowsOf<{ id: number }>(tx, `select r.id from users.roles r where r.name = $2 and ${live}`, [tx.orgId, name]);
    return rows.map(({ id }) => id);
  }

  /** The organization's own. */
  async count(tx: TenantTransaction): Promise<number> {
    const sql = `select count(*)::int as count from users.roles where org_id = $1 and deleted_at is null`;
    return (await findRow<{ count: number }>(tx, sql, [tx.orgId]))?.count ?? 0;
  }

  async add(tx: TenantTransaction, { name, rank }: NewRole): Promise<number> {
    const row = await findRow<{ id: number }>(
      tx,
      `insert into users.roles (org_id, name, rank) values ($1, $2, $3) returning id`,
      [tx.orgId, name, rank],
    );
    if (!row) throw new Error('An inserted role was not returned.');
    return row.id;
  }

  /** False when the version is no longer the current one. */
  async update(tx: TenantTransaction, id: number, version: number, { name, rank }: NewRole): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `update users.roles set name = $4, rank = $5, version = version + 1, updated_at = now()
       where org_id = $1 and id = $2 and version = $3 and deleted_at is null returning id`,
      [tx.orgId, id, version, name, rank],
    );
    return rows.length > 0;
  }

  async delete(tx: TenantTransaction, id: number): Promise<void> {
    await rowsOf(
      tx,
      `update users.roles set deleted_at = now(), version = version + 1, updated_at = now() where org_id = $1 and id = $2`,
      [tx.orgId, id],
    );
  }

  /** Each permission must be one of the platform's or of the organization's. */
  async setPermissions(tx: TenantTransaction, id: number, permissions: readonly string[]): Promise<void> {
    await rowsOf(tx, `delete from users.role_permissions where org_id = $1 and role_id = $2`, [tx.orgId, id]);
    await rowsOf(
      tx,
      `insert into users.role_permissions (org_id, role_id, permission, permission_owner_id)
       select $1, $2, p.name, p.owner_id from users.permissions p
       where (p.org_id is null or p.org_id = $1) and p.name = any ($3::text[])`,
      [tx.orgId, id, permissions],
    );
  }

  async raiseVersion(tx: TenantTransaction, id: number): Promise<void> {
    await rowsOf(tx, `update users.roles set version = version + 1, updated_at = now() where org_id = $1 and id = $2`, [tx.orgId, id]);
  }
}
