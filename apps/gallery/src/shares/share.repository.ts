import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';

export interface ShareRow {
  readonly org_id: string;
  readonly id: string;
  readonly site_id: string;
  readonly asset_id: string | null;
  readonly album_id: string | null;
  readonly has_password: boolean;
  readonly expires_at: Date;
  /** PostgreSQL gives bigint as text. */
  readonly views: string;
  readonly last_viewed_at: Date | null;
  readonly created_by: string;
  readonly created_at: Date;
}

export interface NewShare {
  readonly id: string;
  readonly siteId: string;
  readonly assetId: string | null;
  readonly albumId: string | null;
  readonly tokenHash: Buffer;
  readonly passwordHash: string | null;
  readonly expiresAt: Date;
  readonly createdBy: string;
}

/** A share that opens. */
export interface LiveShare {
  readonly id: string;
  readonly site_id: string;
  readonly asset_id: string | null;
  readonly album_id: string | null;
  readonly password_hash: string | null;
  readonly expires_at: Date;
}

export interface ShareFilter {
  readonly sites: 'all' | readonly string[];
  readonly siteId: string | undefined;
  readonly assetId: string | undefined;
  readonly albumId: string | undefined;
}

/** How often a share was opened since that was last written down. */
export interface Views {
  readonly id: string;
  readonly views: number;
  readonly last: Date;
}

const columns = `s.org_id, s.id, s.site_id, s.asset_id, s.album_id, s.password_hash is not null as has_password,
  s.expires_at, s.views, s.last_viewed_at, s.created_by, s.created_at`;

@Injectable()
export class ShareRepository {
  /** Newest first. */
  list(tx: TenantTransaction, filter: ShareFilter, page: { readonly after: ListPosition | undefined; readonly limit: number }): Promise<ShareRow[]> {
    const { sites, siteId, assetId, albumId } = filter;
    return rowsOf<ShareRow>(
      tx,
      `select ${columns} from gallery.shares s
       where s.org_id = $1 and ($2::uuid[] is null or s.site_id = any ($2)) and ($3::uuid is null or s.site_id = $3)
         and ($4::uuid is null or s.asset_id = $4) and ($5::uuid is null or s.album_id = $5)
         and ($6::timestamptz is null or (s.created_at, s.id) < ($6, $7::uuid))
       order by s.created_at desc, s.id desc limit $8`,
      [...[tx.orgId, sites === 'all' ? null : sites, siteId ?? null, assetId ?? null, albumId ?? null], page.after?.at ?? null, page.after?.id ?? null, page.limit],
    );
  }

  /** Of one person across organizations, oldest first; the transaction must be their own. */
  listOfCreator(tx: Transaction, userId: string, after: ListPosition | undefined, limit: number): Promise<ShareRow[]> {
    return rowsOf<ShareRow>(
      tx,
      `select ${columns} from gallery.shares s
       where s.created_by = $1 and ($2::timestamptz is null or (s.created_at, s.id) > ($2, $3::uuid))
       order by s.created_at, s.id limit $4`,
      [userId, after?.at ?? null, after?.id ?? null, limit],
    );
  }

  find(tx: TenantTransaction, id: string): Promise<ShareRow | undefined> {
    return findRow<ShareRow>(tx, `select ${columns} from gallery.shares s where s.org_id = $1 and s.id = $2`, [tx.orgId, id]);
  }

  async add(tx: TenantTransaction, share: NewShare): Promise<ShareRow> {
    const { id, siteId, assetId, albumId, tokenHash, passwordHash, expiresAt, createdBy } = share;
    const row = await findRow<ShareRow>(
      tx,
      `insert into gallery.shares as s (org_id, id, site_id, asset_id, album_id, token_hash, password_hash, expires_at, created_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
      [tx.orgId, id, siteId, assetId, albumId, tokenHash, passwordHash, expiresAt, createdBy],
    );
    if (!row) throw new Error('An inserted share was not returned.');
    return row;
  }

  async delete(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `delete from gallery.shares where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** What the person shared until then. */
  async deleteOfCreator(tx: TenantTransaction, userId: string, until: string): Promise<void> {
    await rowsOf(tx, `delete from gallery.shares where org_id = $1 and created_by = $2 and created_at <= $3`, [tx.orgId, userId, until]);
  }

  /**
   * Undefined for one that opens nothing: it has ended, or its site has. One of its last second has ended, so that the
   * URLs that it gives, which last for whole seconds, end with it.
   */
  findLive(tx: TenantTransaction, id: string): Promise<LiveShare | undefined> {
    return findRow<LiveShare>(
      tx,
      `select s.id, s.site_id, s.asset_id, s.album_id, s.password_hash, s.expires_at from gallery.shares s
       join gallery.sites site on site.org_id = s.org_id and site.site_id = s.site_id and not site.deleted
       where s.org_id = $1 and s.id = $2 and s.expires_at > now() + interval '1 second'`,
      [tx.orgId, id],
    );
  }

  /** Those that have ended by now are passed over. */
  async count(tx: TenantTransaction, counted: readonly Views[]): Promise<void> {
    const ordered = counted.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await rowsOf(
      tx,
      `update gallery.shares s set views = s.views + v.views, last_viewed_at = greatest(s.last_viewed_at, v.last)
       from unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) v (id, views, last) where s.org_id = $1 and s.id = v.id`,
      [tx.orgId, ordered.map(({ id }) => id), ordered.map(({ views }) => views), ordered.map(({ last }) => last)],
    );
  }
}
