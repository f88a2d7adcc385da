import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** `'all'`, or the ids of the only sites that count. */
export type SiteScope = 'all' | readonly string[];

export const sitesNameIndex = 'sites_name';

const columns = 's.id, s.name, s.version, s.created_at, s.updated_at';
const live = 's.org_id = $1 and s.deleted_at is null';

/** Live sites: deleted ones are kept for the rows that refer to them, and never shown. */
@Injectable()
export class SiteRepository {
  list(tx: TenantTransaction, scope: SiteScope): Promise<SiteRow[]> {
    return rowsOf<SiteRow>(
      tx,
      `select ${columns} from users.sites s where ${live} and ($2::uuid[] is null or s.id = any ($2::uuid[]))
       order by lower(s.name), s.id`,
      [tx.orgId, scope === 'all' ? null : scope],
    );
  }

  find(tx: TenantTransaction, id: string): Promise<SiteRow | undefined> {
    return findRow<SiteRow>(tx, `select ${columns} from users.sites s where ${live} and s.id = $2`, [tx.orgId, id]);
  }

  async count(tx: TenantTransaction): Promise<number> {
    const row = await findRow<{ count: number }>(tx, `select count(*)::int as count from users.sites s where ${live}`, [tx.orgId]);
    return row?.count ?? 0;
  }

  async add(tx: TenantTransaction, id: string, name: string): Promise<SiteRow> {
    const row = await findRow<SiteRow>(
      tx,
      `insert into users.sites as s (org_id, id, name) values ($1, $2, $3) returning ${columns}`,
      [tx.orgId, id, name],
    );
    if (!row) throw new Error('An inserted site was not returned.');
    return row;
  }

  /** Undefined when the version is no longer the current one. */
  rename(tx: TenantTransaction, id: string, version: number, name: string): Promise<SiteRow | undefined> {
    return findRow<SiteRow>(
      tx,
      `update users.sites s set name = $4, version = version + 1, updated_at = now()
       where ${live} and s.id = $2 and s.version = $3 returning ${columns}`,
      [tx.orgId, id, version, name],
    );
  }

  /** Undefined when there is no such live site. */
  delete(tx: TenantTransaction, id: string): Promise<SiteRow | undefined> {
    return findRow<SiteRow>(
      tx,
      `update users.sites s set deleted_at = now(), version = version + 1, updated_at = now()
       where ${live} and s.id = $2 returning ${columns}`,
      [tx.orgId, id],
    );
  }
}
