import type { FileBody, Principal } from '@atrium/contract-kit';
import { Database, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { toAlbum } from '../albums/album.mapper.js';
import { AlbumRepository } from '../albums/album.repository.js';
import type { AssetEntity } from '../assets/asset.entity.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository, type OwnAsset } from '../assets/asset.repository.js';
import { toShare } from '../shares/share.mapper.js';
import { ShareRepository } from '../shares/share.repository.js';

/** Rows in memory at a time. */
const pageSize = 500;

/** What rows leave in the file, and where the last of them stands in its list; undefined behind the last page. */
interface Page {
  readonly contents: readonly object[];
  readonly last: ListPosition | undefined;
}

/** Lists what a person uploaded, put together and shared, page by page, so that memory stays flat however much it is. */
@Injectable()
export class FileExportService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly albums: AlbumRepository,
    private readonly shares: ShareRepository,
  ) {}

  async *export({ userId }: Principal): FileBody {
    yield* pages(async (after) => {
      const own = await this.database.asUser(userId, (tx) => this.assets.listOwn(tx, after, pageSize));
      const contents = (await this.read(own)).map((asset) => ({ kind: 'asset', org_id: asset.orgId, ...toAsset(asset) }));
      return { contents, last: own.length === pageSize ? own.at(-1) : undefined };
    });
    yield* pages((after) =>
      this.rows(userId, (tx) => this.albums.listOfCreator(tx, userId, after, pageSize), (row) => ({ kind: 'album', org_id: row.org_id, ...toAlbum(row) })),
    );
    yield* pages((after) =>
      this.rows(userId, (tx) => this.shares.listOfCreator(tx, userId, after, pageSize), (row) => ({ kind: 'share', org_id: row.org_id, ...toShare(row) })),
    );
  }

  private async rows<Row extends { readonly created_at: Date; readonly id: string }>(
    userId: string, list: (tx: Transaction) => Promise<readonly Row[]>, contentOf: (row: Row) => object,
  ): Promise<Page> {
    const rows = await this.database.asUser(userId, list);
    const last = rows.length === pageSize ? rows.at(-1) : undefined;
    return { contents: rows.map(contentOf), last: last && { at: last.created_at, id: last.id } };
  }

  /** In the same order, without what has gone meanwhile. */
  private async read(own: readonly OwnAsset[]): Promise<AssetEntity[]> {
    const byId = new Map<string, AssetEntity>();
    for (const orgId of new Set(own.map((asset) => asset.orgId))) {
      const ids = own.filter((asset) => asset.orgId === orgId).map(({ id }) => id);
      for (const asset of await this.database.inTenant(orgId, (tx) => this.assets.findAll(tx, ids))) byId.set(asset.id, asset);
    }
    return own.flatMap(({ id }) => byId.get(id) ?? []);
  }
}

async function* pages(read: (after: ListPosition | undefined) => Promise<Page>): AsyncGenerator<string> {
  let after: ListPosition | undefined;
  do {
    const { contents, last } = await read(after);
    yield contents.map((content) => `${JSON.stringify(content)}\n`).join('');
    after = last;
  } while (after);
}
