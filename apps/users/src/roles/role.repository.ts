import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface RoleRow {
  readonly id: number;
  readonly name: string;
  readonly rank: number;
  readonly system: boolean;
  readonly permissions: readonly string[];
}

export interface PermissionRow {
  readonly name: string;
  readonly description: string;
}

const rolesSql = `
  select r.id, r.name, r.rank, r.system,
    array(select p.permission from users.role_permissions p where p.role_id = r.id
          and (p.org_id is null or p.org_id = $1) order by p.permission) as permissions
  from users.roles r where (r.org_id is null or r.org_id = $1)`;

/** The platform's roles and permissions, and the organization's own. */
@Injectable()
export class RoleRepository {
  list(tx: TenantTransaction): Promise<RoleRow[]> {
    return rowsOf<RoleRow>(tx, `${rolesSql} order by r.rank desc, r.id`, [tx.orgId]);
  }

  find(tx: TenantTransaction, id: number): Promise<RoleRow | undefined> {
    return findRow<RoleRow>(tx, `${rolesSql} and r.id = $2`, [tx.orgId, id]);
  }

  async findIdsByName(tx: TenantTransaction, name: string): Promise<number[]> {
    const rows = await rowsOf<{ id: number }>(
      tx,
      `select id from users.roles where name = $2 and (org_id is null or org_id = $1)`,
      [tx.orgId, name],
    );
    return rows.map(({ id }) => id);
  }

  listPermissions(tx: TenantTransaction): Promise<PermissionRow[]> {
    return rowsOf<PermissionRow>(
      tx,
      `select name, description from users.permissions where (org_id is null or org_id = $1) order by name`,
      [tx.orgId],
    );
  }
}
