import type { AssetStatus } from '@atrium/contracts/gallery';
import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Gap } from './item-positions.js';

/** Of files that an album shows. Others keep their places, and show again when they come back. */
export const shownStatuses = ['pending', 'verifying', 'ready'] as const satisfies readonly AssetStatus[];

export interface AlbumItem {
  readonly asset_id: string;
  readonly position: string;
}

export interface ItemPage {
  readonly statuses: readonly AssetStatus[];
  /** The position after which the page begins. */
  readonly after: string | undefined;
  readonly limit: number;
}

const ofAlbum = 'i.org_id = $1 and i.album_id = $2';

/** Whoever changes items or their order holds the album's lock; see `AlbumRepository.findForUpdate`. */
@Injectable()
export class AlbumItemRepository {
  /** In the album's order. */
  page(tx: TenantTransaction, albumId: string, { statuses, after, limit }: ItemPage): Promise<AlbumItem[]> {
    return rowsOf<AlbumItem>(
      tx,
      `select i.asset_id, i.position from gallery.album_items i
       join gallery.assets a on a.org_id = i.org_id and a.id = i.asset_id
       where ${ofAlbum} and a.status = any ($3) and ($4::text is null or i.position > $4 collate "C")
       order by i.position limit $5`,
      [tx.orgId, albumId, statuses, after ?? null, limit],
    );
  }

  /** All of them, in order. */
  async inOrder(tx: TenantTransaction, albumId: string): Promise<string[]> {
    const sql = `select i.asset_id from gallery.album_items i where ${ofAlbum} order by i.position`;
    return (await rowsOf<{ asset_id: string }>(tx, sql, [tx.orgId, albumId])).map(({ asset_id }) => asset_id);
  }

  async end(tx: TenantTransaction, albumId: string): Promise<{ readonly count: number; readonly last: string | null }> {
    const sql = `select count(*)::int as count, max(i.position) as last from gallery.album_items i where ${ofAlbum}`;
    return (await findRow<{ count: number; last: string | null }>(tx, sql, [tx.orgId, albumId])) ?? { count: 0, last: null };
  }

  /** Those of the site that an album may show; they can't be purged until the transaction ends. */
  async candidates(tx: TenantTransaction, siteId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await rowsOf<{ id: string }>(
      tx,
      `select a.id from gallery.assets a
       where a.org_id = $1 and a.site_id = $2 and a.id = any ($3) and a.status = any ($4) for key share of a`,
      [tx.orgId, siteId, ids, shownStatuses],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async insert(tx: TenantTransaction, album: { readonly id: string; readonly site_id: string }, items: readonly AlbumItem[]): Promise<void> {
    await rowsOf(
      tx,
      `insert into gallery.album_items (org_id, album_id, site_id, asset_id, position)
       select $1, $2, $3, * from unnest($4::uuid[], $5::text[])`,
      [tx.orgId, album.id, album.site_id, ...columnsOf(items)],
    );
  }

  /** @returns those that were there */
  async delete(tx: TenantTransaction, albumId: string, ids: readonly string[]): Promise<string[]> {
    const sql = `delete from gallery.album_items i where ${ofAlbum} and i.asset_id = any ($3) returning i.asset_id`;
    return (await rowsOf<{ asset_id: string }>(tx, sql, [tx.orgId, albumId, ids])).map(({ asset_id }) => asset_id);
  }

  async present(tx: TenantTransaction, albumId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const sql = `select i.asset_id from gallery.album_items i where ${ofAlbum} and i.asset_id = any ($3)`;
    return new Set((await rowsOf<{ asset_id: string }>(tx, sql, [tx.orgId, albumId, ids])).map(({ asset_id }) => asset_id));
  }

  /** Between an item, or the beginning, and the next one that stays where it is. */
  gapAfter(tx: TenantTransaction, albumId: string, anchor: string | null, moving: readonly string[]): Promise<Gap> {
    return this.gap(
      tx,
      `select at.position as lower, (select min(i.position) from gallery.album_items i
         where ${ofAlbum} and (at.position is null or i.position > at.position) and i.asset_id <> all ($4)) as upper from at`,
      [albumId, anchor, moving],
    );
  }

  /** Between an item, or the end, and the one before it that stays where it is. */
  gapBefore(tx: TenantTransaction, albumId: string, anchor: string | null, moving: readonly string[]): Promise<Gap> {
    return this.gap(
      tx,
      `select at.position as upper, (select max(i.position) from gallery.album_items i
         where ${ofAlbum} and (at.position is null or i.position < at.position) and i.asset_id <> all ($4)) as lower from at`,
      [albumId, anchor, moving],
    );
  }

  /** In one statement, whatever positions the others have or had. */
  async place(tx: TenantTransaction, albumId: string, items: readonly AlbumItem[]): Promise<void> {
    await rowsOf(
      tx,
      `update gallery.album_items i set position = placed.position
       from unnest($3::uuid[], $4::text[]) placed (asset_id, position) where ${ofAlbum} and i.asset_id = placed.asset_id`,
      [tx.orgId, albumId, ...columnsOf(items)],
    );
  }

  private async gap(tx: TenantTransaction, select: string, [albumId, anchor, moving]: readonly [string, string | null, readonly string[]]): Promise<Gap> {
    const at = `with at as (select (select i.position from gallery.album_items i where ${ofAlbum} and i.asset_id = $3) as position)`;
    const gap = await findRow<Gap>(tx, `${at} ${select}`, [tx.orgId, albumId, anchor, moving]);
    if (!gap) throw new Error('A gap was not found.');
    return gap;
  }
}

const columnsOf = (items: readonly AlbumItem[]): [string[], string[]] => [items.map(({ asset_id }) => asset_id), items.map(({ position }) => position)];
