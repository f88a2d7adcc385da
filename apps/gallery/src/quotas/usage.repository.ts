import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { type Room, type RoomLimit, wholeOrganization } from './room.js';

/** What is stored under a site, or in the whole organization. */
export interface UsageRow {
  readonly bytes_used: number;
  readonly bytes_reserved: number;
  readonly files_used: number;
  readonly files_reserved: number;
  /** Null is the default. */
  readonly bytes_allowed: number | null;
  readonly files_allowed: number | null;
}
const noUsage: UsageRow = { bytes_used: 0, bytes_reserved: 0, files_used: 0, files_reserved: 0, bytes_allowed: null, files_allowed: null };
const columns = (['bytes_used', 'bytes_reserved', 'files_used', 'files_reserved', 'bytes_allowed', 'files_allowed'] as const)
  .map((name) => `${name}::float8`)
  .join(', ');

/** By how much the room of a site changes. */
export interface UsageChange extends Room {
  readonly siteId: string;
}

/** The same order of rows as for reservations, which `gallery.begin_uploads` makes. */
const applySql = `
  insert into gallery.usage as u (org_id, site_id, bytes_used, bytes_reserved, files_used, files_reserved)
  select $1, change.site_id, sum(bytes_used), sum(bytes_reserved), sum(files_used), sum(files_reserved)
  from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as change (site_id, bytes_used, bytes_reserved, files_used, files_reserved)
  group by change.site_id order by change.site_id
  on conflict (org_id, site_id) do update set
    bytes_used = u.bytes_used + excluded.bytes_used, bytes_reserved = u.bytes_reserved + excluded.bytes_reserved,
    files_used = u.files_used + excluded.files_used, files_reserved = u.files_reserved + excluded.files_reserved`;

/** One statement sees one moment: each step of an asset is in both tables by then, or in neither. */
const driftSql = `
  with counted as (
    select coalesce(site_id, '${wholeOrganization}') as site_id,
      coalesce(sum(size) filter (where is_used), 0) as bytes_used, coalesce(sum(size) filter (where is_open), 0) as bytes_reserved,
      count(*) filter (where is_used) as files_used, count(*) filter (where is_open) as files_reserved
    from (select site_id, size, status in ('pending', 'verifying') as is_open, ready_key is not null as is_used
          from gallery.assets where org_id = $1) asset
    group by grouping sets ((site_id), ())
  ), told as (select * from gallery.usage where org_id = $1)
  select site_id as "siteId",
    (coalesce(c.bytes_used, 0) - coalesce(t.bytes_used, 0))::float8 as "bytesUsed",
    (coalesce(c.bytes_reserved, 0) - coalesce(t.bytes_reserved, 0))::float8 as "bytesReserved",
    (coalesce(c.files_used, 0) - coalesce(t.files_used, 0))::float8 as "filesUsed",
    (coalesce(c.files_reserved, 0) - coalesce(t.files_reserved, 0))::float8 as "filesReserved"
  from counted c full join told t using (site_id)
  where (coalesce(c.bytes_used, 0), coalesce(c.bytes_reserved, 0), coalesce(c.files_used, 0), coalesce(c.files_reserved, 0))
    is distinct from (coalesce(t.bytes_used, 0), coalesce(t.bytes_reserved, 0), coalesce(t.files_used, 0), coalesce(t.files_reserved, 0))
  order by site_id`;

@Injectable()
export class UsageRepository {
  /** Each counts for its site and for the organization. The rows stay locked until the transaction ends. */
  async apply(tx: TenantTransaction, changes: readonly UsageChange[]): Promise<void> {
    const both = changes.filter(isSome).flatMap((change) => [change, { ...change, siteId: wholeOrganization }]);
    if (both.length > 0) await this.correct(tx, both);
  }

  /** As {@link apply}, of exactly the rows that are named. */
  async correct(tx: TenantTransaction, changes: readonly UsageChange[]): Promise<void> {
    const column = (name: keyof UsageChange) => changes.map((change) => change[name]);
    await rowsOf(tx, applySql, [tx.orgId, ...(['siteId', 'bytesUsed', 'bytesReserved', 'filesUsed', 'filesReserved'] as const).map(column)]);
  }

  async find(tx: TenantTransaction, siteId: string): Promise<UsageRow> {
    return (await findRow<UsageRow>(tx, `select ${columns} from gallery.usage where org_id = $1 and site_id = $2`, [tx.orgId, siteId])) ?? noUsage;
  }

  /** By how much the counters differ from what the rows of assets say; nothing where all is well. */
  drift(tx: TenantTransaction): Promise<UsageChange[]> {
    return rowsOf<UsageChange>(tx, driftSql, [tx.orgId]);
  }

  async setSiteQuota(tx: TenantTransaction, siteId: string, { bytes, files }: RoomLimit): Promise<void> {
    await rowsOf(tx, 'select gallery.set_site_quota($1, $2, $3)', [siteId, bytes, files]);
  }
}

const isSome = ({ bytesUsed, bytesReserved, filesUsed, filesReserved }: Room): boolean =>
  [bytesUsed, bytesReserved, filesUsed, filesReserved].some((n) => n !== 0);
