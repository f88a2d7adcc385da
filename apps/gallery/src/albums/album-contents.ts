import type { MemberPrincipal } from '@atrium/contract-kit';
import type { Asset, AssetStatus } from '@atrium/contracts/gallery';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { listNameOf } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { decodeAlbumCursor, encodeAlbumCursor } from './album-cursor.js';
import { AlbumItemRepository, shownStatuses } from './album-item.repository.js';
import { requireMayReadAlbum } from './album.policy.js';
import { AlbumRepository } from './album.repository.js';

export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface ContentsPage<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
}

/** Files of an album in its order, page by page. */
@Injectable()
export class AlbumContents {
  constructor(
    private readonly database: Database,
    private readonly albums: AlbumRepository,
    private readonly items: AlbumItemRepository,
    private readonly assets: AssetRepository,
  ) {}

  /** @throws NOT_FOUND for an album that the person doesn't see */
  list(principal: MemberPrincipal, albumId: string, query: PageQuery): Promise<ContentsPage<Asset>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.albums.find(tx, albumId);
      if (!album) throw notFound('album');
      requireMayReadAlbum(principal, album);
      const { data, next_cursor } = await this.page(tx, albumId, shownStatuses, query);
      return { data: data.map(toAsset), next_cursor };
    });
  }

  /** Whoever asks has been checked. */
  async page(tx: TenantTransaction, albumId: string, statuses: readonly AssetStatus[], { limit, cursor }: PageQuery): Promise<ContentsPage<AssetEntity>> {
    const listName = listNameOf(tx.orgId, { album_id: albumId, statuses: statuses.join() });
    const after = cursor === undefined ? undefined : decodeAlbumCursor(listName, cursor);
    const found = await this.items.page(tx, albumId, { statuses, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const assetOf = new Map((await this.assets.findAll(tx, shown.map(({ asset_id }) => asset_id))).map((asset) => [asset.id, asset]));
    const data = shown.flatMap(({ asset_id }) => assetOf.get(asset_id) ?? []);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { data, next_cursor: last ? encodeAlbumCursor(listName, last.position) : null };
  }
}
