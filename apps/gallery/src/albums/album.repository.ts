import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { shownStatuses } from './album-item.repository.js';

export interface AlbumRow {
  readonly org_id: string;
  readonly id: string;
  readonly site_id: string;
  readonly name: string;
  readonly description: string;
  readonly cover_asset_id: string | null;
  readonly created_by: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export type NewAlbum = Pick<AlbumRow, 'id' | 'site_id' | 'name' | 'description' | 'created_by'>;

/** What is left out stays. */
export type AlbumChange = Partial<Pick<AlbumRow, 'name' | 'description' | 'cover_asset_id'>>;

export interface AlbumFilter {
  readonly sites: 'all' | readonly string[];
  readonly siteId: string | undefined;
}

const shown = shownStatuses.map((status) => `'${status}'`).join(', ');
const columns = `a.org_id, a.id, a.site_id, a.name, a.description, a.created_by, a.version, a.created_at, a.updated_at,
  (select c.id from gallery.assets c where c.org_id = a.org_id and c.id = a.cover_asset_id and c.status in (${shown})) as cover_asset_id`;

@Injectable()
export class AlbumRepository {
  /** Newest first. */
  list(tx: TenantTransaction, { sites, siteId }: AlbumFilter, page: { readonly after: ListPosition | undefined; readonly limit: number }): Promise<AlbumRow[]> {
    return rowsOf<AlbumRow>(
      tx,
      `select ${columns} from gallery.albums a
       where a.org_id = $1 and ($2::uuid[] is null or a.site_id = any ($2)) and ($3::uuid is null or a.site_id = $3)
         and ($4::timestamptz is null or (a.created_at, a.id) < ($4, $5::uuid))
       order by a.created_at desc, a.id desc limit $6`,
      [tx.orgId, sites === 'all' ? null : sites, siteId ?? null, page.after?.at ?? null, page.after?.id ?? null, page.limit],
    );
  }

  /** Of one person across organizations, oldest first; the transaction must be their own. */
  listOfCreator(tx: Transaction, userId: string, after: ListPosition | undefined, limit: number): Promise<AlbumRow[]> {
    return rowsOf<AlbumRow>(
      tx,
      `select a.* from gallery.albums a
       where a.created_by = $1 and ($2::timestamptz is null or (a.created_at, a.id) > ($2, $3::uuid))
       order by a.created_at, a.id limit $4`,
      [userId, after?.at ?? null, after?.id ?? null, limit],
    );
  }

  find(tx: TenantTransaction, id: string): Promise<AlbumRow | undefined> {
    return findRow<AlbumRow>(tx, `select ${columns} from gallery.albums a where a.org_id = $1 and a.id = $2`, [tx.orgId, id]);
  }

  /** Until the transaction ends nobody else changes the album, its files or their order. */
  findForUpdate(tx: TenantTransaction, id: string): Promise<AlbumRow | undefined> {
    const sql = `select ${columns} from gallery.albums a where a.org_id = $1 and a.id = $2 for no key update of a`;
    return findRow<AlbumRow>(tx, sql, [tx.orgId, id]);
  }

  async add(tx: TenantTransaction, { id, site_id, name, description, created_by }: NewAlbum): Promise<AlbumRow> {
    const row = await findRow<AlbumRow>(
      tx,
      `insert into gallery.albums as a (org_id, id, site_id, name, description, created_by) values ($1, $2, $3, $4, $5, $6)
       returning ${columns}`,
      [tx.orgId, id, site_id, name, description, created_by],
    );
    if (!row) throw new Error('An inserted album was not returned.');
    return row;
  }

  async change(tx: TenantTransaction, id: string, { name, description, cover_asset_id }: AlbumChange): Promise<AlbumRow> {
    const row = await findRow<AlbumRow>(
      tx,
      `update gallery.albums a
       set name = coalesce($3, name), description = coalesce($4, description),
         cover_asset_id = case when $5 then $6::uuid else cover_asset_id end, version = version + 1, updated_at = now()
       where a.org_id = $1 and a.id = $2 returning ${columns}`,
      [tx.orgId, id, name ?? null, description ?? null, cover_asset_id !== undefined, cover_asset_id ?? null],
    );
    if (!row) throw new Error('A locked album is gone.');
    return row;
  }

  /** Its items and shares go with it; its files stay. */
  async delete(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `delete from gallery.albums where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** Albums that the person made until then stay, and no longer say whose they were. */
  async forgetCreator(tx: TenantTransaction, userId: string, until: string): Promise<void> {
    await rowsOf(tx, `update gallery.albums set created_by = null where org_id = $1 and created_by = $2 and created_at <= $3`, [
      tx.orgId,
      userId,
      until,
    ]);
  }
}
