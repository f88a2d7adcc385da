import type { TenantTransaction } from '@atrium/platform/database';
import { z } from 'zod';

export interface SiteRecord {
  readonly siteId: string;
  readonly name: string;
  readonly deleted: boolean;
  readonly version: number;
}

const liveness = z.array(z.object({ deleted: z.boolean() })).max(1);

/** Newest version wins, whatever the order of arrival. */
export async function saveSite(tx: TenantTransaction, service: string, site: SiteRecord): Promise<void> {
  await tx.manager.query(
    `insert into "${service}".sites as known (org_id, site_id, name, deleted, version) values ($1, $2, $3, $4, $5)
     on conflict (org_id, site_id) do update
       set name = excluded.name, deleted = excluded.deleted, version = excluded.version
       where known.version < excluded.version`,
    [tx.orgId, site.siteId, site.name, site.deleted, site.version],
  );
}

/** The organization's end is that of its sites; nothing that is told of them later, or late, brings one back. */
export async function endSites(tx: TenantTransaction, service: string): Promise<void> {
  await tx.manager.query(`update "${service}".sites set deleted = true, version = 2147483647 where org_id = $1`, [tx.orgId]);
}

/** `unknown` when nothing was heard of the site yet. */
export async function findSiteState(
  tx: TenantTransaction,
  service: string,
  siteId: string,
): Promise<'live' | 'deleted' | 'unknown'> {
  const rows = liveness.parse(
    await tx.manager.query(`select deleted from "${service}".sites where org_id = $1 and site_id = $2`, [
      tx.orgId,
      siteId,
    ]),
  );
  const [row] = rows;
  if (!row) return 'unknown';
  return row.deleted ? 'deleted' : 'live';
}
