import type { FileBody, Principal } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository, type OwnAsset } from '../assets/asset.repository.js';

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
      const own = await this.database.asUser(userId, (tx) => this.assets.listOwn(tx, after, pageSize));
      yield (await this.read(own)).map(lineOf).join('');
      last = own.length === pageSize ? own.at(-1) : undefined;
    } while (last);
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
