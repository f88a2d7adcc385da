import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { wholeOrganization } from '../quotas/room.js';
import { type PurgeableAsset, purgeableColumns } from '../reaper/asset-purge.js';

/** A site that is gone or, as {@link wholeOrganization}, an organization. */
export interface Removal {
  readonly org_id: string;
  readonly site_id: string;
}

/** Days from the end of a site or an organization until its files go: as long as the trash is kept. */
export const removalDays = 30;
/**
 * Days after each removal of an organization until it is done once more: a message lives 14 days in its queue and as long
 * again in its dead-letter queue, and then nothing of before can come any more.
 */
const pauses = [15, 15] as const;

/** Tables of the schema with an `org_id` whose rows go as they are. */
const plainTables = ['erasures', 'shares', 'album_items', 'albums', 'settings', 'sites'] as const;
/** … and those that go by rules of their own. */
const otherTables = ['assets', 'usage', 'removals'] as const;
/** Every table that an organization leaves rows in: one that is missing here fails `test/removals.int-spec.ts`. */
export const removedTables: readonly string[] = [...plainTables, ...otherTables];

/** Once, however often it is told. */
export async function requestRemoval(tx: TenantTransaction, siteId: string): Promise<void> {
  const sql = `insert into gallery.removals (org_id, site_id, due_at) values ($1, $2, now() + make_interval(days => $3)) on conflict do nothing`;
  await rowsOf(tx, sql, [tx.orgId, siteId, removalDays]);
}

@Injectable()
export class RemovalRepository {
  /** Across organizations. */
  due(tx: Transaction, limit: number): Promise<Removal[]> {
    return rowsOf<Removal>(tx, 'select org_id, site_id from gallery.due_removals($1)', [limit]);
  }

  assets(tx: TenantTransaction, { site_id }: Removal, limit: number): Promise<PurgeableAsset[]> {
    const sql = `select ${purgeableColumns} from gallery.assets where org_id = $1 and $2::uuid in (site_id, '${wholeOrganization}'::uuid) order by id limit $3`;
    return rowsOf<PurgeableAsset>(tx, sql, [tx.orgId, site_id, limit]);
  }

  /** All that an organization leaves beside its files. */
  async forgetOrganization(tx: TenantTransaction): Promise<void> {
    await rowsOf(tx, 'select gallery.forget_usage()', []);
    for (const table of plainTables) await rowsOf(tx, `delete from gallery.${table} where org_id = $1`, [tx.orgId]);
    await rowsOf(tx, `delete from gallery.removals where org_id = $1 and site_id <> $2`, [tx.orgId, wholeOrganization]);
  }

  async finish(tx: TenantTransaction, { site_id }: Removal): Promise<void> {
    await rowsOf(tx, 'delete from gallery.removals where org_id = $1 and site_id = $2', [tx.orgId, site_id]);
  }

  /** Puts an organization's next removal off; after the last one nothing is left of it. @returns how often it was done */
  async ran(tx: TenantTransaction, removal: Removal): Promise<number> {
    const sql = `update gallery.removals set runs = runs + 1, due_at = now() + make_interval(days => ($3::integer[])[runs + 1])
      where org_id = $1 and site_id = $2 and runs < cardinality($3::integer[]) returning runs`;
    const row = await findRow<{ runs: number }>(tx, sql, [tx.orgId, removal.site_id, [...pauses]]);
    if (!row) await this.finish(tx, removal);
    return row?.runs ?? pauses.length + 1;
  }
}
