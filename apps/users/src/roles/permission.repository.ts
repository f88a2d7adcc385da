import type { Permission } from '@atrium/contracts/users';
import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export const permissionsKey = 'permissions_pkey';

/** The platform's permissions and the organization's own. */
@Injectable()
export class PermissionRepository {
  list(tx: TenantTransaction): Promise<Permission[]> {
    return rowsOf<Permission>(
      tx,
      `select name, description from users.permissions where (org_id is null or org_id = $1) order by name`,
      [tx.orgId],
    );
  }

  /** Those of the names that exist neither on the platform nor in the organization. */
  async findUnknown(tx: TenantTransaction, names: readonly string[]): Promise<string[]> {
    const rows = await rowsOf<{ name: string }>(
      tx,
      `select wanted as name from unnest($2::text[]) wanted
       where not exists (select from users.permissions p where p.name = wanted and (p.org_id is null or p.org_id = $1))`,
      [tx.orgId, names],
    );
    return rows.map(({ name }) => name);
  }

  /** The organization's own. */
  async count(tx: TenantTransaction): Promise<number> {
    const sql = `select count(*)::int as count from users.permissions where org_id = $1`;
    return (await findRow<{ count: number }>(tx, sql, [tx.orgId]))?.count ?? 0;
  }

  async add(tx: TenantTransaction, { name, description }: Permission): Promise<void> {
    await rowsOf(tx, `insert into users.permissions (org_id, name, description) values ($1, $2, $3)`, [tx.orgId, name, description]);
  }
}
