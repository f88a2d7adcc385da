import type { FileBody, Principal } from '@atrium/contract-kit';
import { Database, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { toAlbum } from '../albums/album.mapper.js';
import { AlbumRepository } from '../albums/album.repository.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { toShare } from '../shares/share.mapper.js';
import { ShareRepository } from '../shares/share.repository.js';

/** Rows in memory at a time. */
const pageSize = 500;

/** What a row leaves in the file, and where it stands in its list. */
interface Line {
  readonly position: ListPosition;
  readonly content: object;
}

type ReadPage = (tx: Transaction, after: ListPosition | undefined) => Promise<Line[]>;

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
    yield* this.pages(userId, async (tx, after) =>
      (await this.assets.listOfCreator(tx, userId, after, pageSize)).map((asset) => ({
        position: { at: asset.createdAt, id: asset.id },
        content: { kind: 'asset', org_id: asset.orgId, ...toAsset(asset) },
      })),
    );
    yield* this.pages(userId, async (tx, after) =>
      (await this.albums.listOfCreator(tx, userId, after, pageSize)).map((row) => ({
        position: { at: row.created_at, id: row.id },
        content: { kind: 'album', org_id: row.org_id, ...toAlbum(row) },
      })),
    );
    yield* this.pages(userId, async (tx, after) =>
      (await this.shares.listOfCreator(tx, userId, after, pageSize)).map((row) => ({
        position: { at: row.created_at, id: row.id },
        content: { kind: 'share', org_id: row.org_id, ...toShare(row) },
      })),
    );
  }

  private async *pages(userId: string, read: ReadPage): AsyncGenerator<string> {
    let last: ListPosition | undefined;
    do {
      const after = last;
      const page = await this.database.asUser(userId, (tx) => read(tx, after));
      yield page.map(({ content }) => `${JSON.stringify(content)}\n`).join('');
      last = page.length === pageSize ? page.at(-1)?.position : undefined;
    } while (last);
  }
}
