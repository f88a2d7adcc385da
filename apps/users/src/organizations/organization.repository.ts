import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface OrganizationRow {
  readonly org_id: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = 'o.org_id, o.name, o.version, o.created_at, o.updated_at';

/** Live organizations: deleted ones are kept for the rows that refer to them, and never shown. */
@Injectable()
export class OrganizationRepository {
  find(tx: TenantTransaction): Promise<OrganizationRow | undefined> {
    return findRow<OrganizationRow>(tx, `select ${columns} from users.organizations o where o.org_id = $1 and o.deleted_at is null`, [
      tx.orgId,
    ]);
  }

  /** Changes of who holds what take turns within an organization, so that each sees the others' outcome. */
  async lock(tx: TenantTransaction): Promise<void> {
    await rowsOf(tx, `select 1 as locked from users.organizations where org_id = $1 for no key update`, [tx.orgId]);
  }

  /** Organizations where the person is active and holds a role, by name; the transaction must be the person's own. */
  listOf(tx: Transaction, userId: string, limit: number): Promise<OrganizationRow[]> {
    return rowsOf<OrganizationRow>(
      tx,
      `select ${columns} from users.organizations o
       join users.members m on m.org_id = o.org_id and m.user_id = $1 and m.status = 'active'
       where o.deleted_at is null and exists (select from users.role_assignments a where a.org_id = o.org_id and a.user_id = $1)
       order by o.name, o.org_id limit $2`,
      [userId, limit],
    );
  }

  async add(tx: TenantTransaction, name: string): Promise<OrganizationRow> {
    const [row] = await rowsOf<OrganizationRow>(
      tx,
      `insert into users.organizations as o (org_id, name) values ($1, $2) returning ${columns}`,
      [tx.orgId, name],
    );
    if (!row) throw new Error('An inserted organization was not returned.');
    return row;
  }

  /** Undefined when the version is no longer the current one. */
  rename(tx: TenantTransaction, version: number, name: string): Promise<OrganizationRow | undefined> {
    return findRow<OrganizationRow>(
      tx,
      `update users.organizations o set name = $3, version = version + 1, updated_at = now()
       where o.org_id = $1 and o.version = $2 and o.deleted_at is null returning ${columns}`,
      [tx.orgId, version, name],
    );
  }

  /** Undefined when it is not there any more. */
  delete(tx: TenantTransaction): Promise<OrganizationRow | undefined> {
    return findRow<OrganizationRow>(
      tx,
      `update users.organizations o set deleted_at = now(), version = version + 1, updated_at = now()
       where o.org_id = $1 and o.deleted_at is null returning ${columns}`,
      [tx.orgId],
    );
  }
}
