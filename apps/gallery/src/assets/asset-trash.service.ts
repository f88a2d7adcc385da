import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import type { Asset } from '@atrium/contracts/gallery';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from './asset.entity.js';
import { toAsset } from './asset.mapper.js';
import { requireMayDelete } from './asset.policy.js';
import { AssetRepository } from './asset.repository.js';
import { effectOf } from './asset.state.js';
import { AssetTrash } from './asset-trash.js';

@Injectable()
export class AssetTrashService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly trash: AssetTrash,
  ) {}

  /** Once, however often it is asked for: what is in the trash stays there. */
  delete(principal: MemberPrincipal, id: string, ifMatch: number | undefined): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const asset = await this.getDeletable(principal, tx, id);
      const effect = effectOf('trashed', asset.status);
      if (effect === 'stays') return;
      if (ifMatch !== undefined && asset.version !== ifMatch) throw new DomainError('PRECONDITION_FAILED');
      if (effect === 'refused') throw new DomainError('CONFLICT', 'The upload is under way: abort it instead.');
      await this.trash.trash(tx, asset);
    });
  }

  restore(principal: MemberPrincipal, id: string): Promise<Versioned<Asset>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const asset = await this.getDeletable(principal, tx, id);
      const moved = await this.trash.restore(tx, asset);
      if (!moved && asset.status === 'trashed') throw new DomainError('CONFLICT', 'The file is being purged.');
      const after = (await this.assets.find(tx, id)) ?? asset;
      return { version: after.version, body: toAsset(after) };
    });
  }

  private async getDeletable(principal: MemberPrincipal, tx: TenantTransaction, id: string): Promise<AssetEntity> {
    const asset = await this.assets.findForUpdate(tx, id);
    if (!asset) throw notFound('asset');
    requireMayDelete(principal, asset);
    return asset;
  }
}
