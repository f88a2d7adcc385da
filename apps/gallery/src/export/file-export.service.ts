import type { FileBody, Principal } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository } from '../assets/asset.repository.js';

/** Rows in memory at a time. */
const pageSize = 500;

const lineOf = (asset: AssetEntity): string => `${JSON.stringify({ org_id: asset.orgId, ...toAsset(asset) })}\n`;

/** Lists what a person uploaded, page by page, so that memory stays flat however much it is. */
@Injectable()
export class FileExportService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
  ) {}

  async *export({ userId }: Principal): FileBody {
    let last: ListPosition | undefined;
    do {
      const after = last;
      const page = await this.database.asUser(userId, (tx) => this.assets.listOfCreator(tx, userId, after, pageSize));
      yield page.map(lineOf).join('');
      const end = page.length === pageSize ? page.at(-1) : undefined;
      last = end && { at: end.createdAt, id: end.id };
    } while (last);
  }
}
