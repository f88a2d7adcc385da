import { AuditTrail } from '@atrium/platform/audit';
import type { TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from './asset.entity.js';
import { AssetLifecycle } from './asset-lifecycle.js';

type Trashable = Pick<AssetEntity, 'id' | 'siteId'>;

/**
 * Into the trash and out of it, told to the audit log. Whoever calls has checked the permission. What was judged goes to
 * the trash; an open upload is aborted instead. What is in the trash still counts against quotas, and is purged in time.
 */
@Injectable()
export class AssetTrash {
  constructor(
    private readonly lifecycle: AssetLifecycle,
    private readonly audit: AuditTrail,
  ) {}

  /** Whether it moved: false also where it was there already. */
  async trash(tx: TenantTransaction, asset: Trashable): Promise<boolean> {
    return (await this.trashAll(tx, [asset])).has(asset.id);
  }

  /** Whether it moved: false also for what is not in the trash, or is being purged. */
  async restore(tx: TenantTransaction, asset: Trashable): Promise<boolean> {
    return (await this.restoreAll(tx, [asset])).has(asset.id);
  }

  /** As {@link trash}, in a few statements for any number; ids of those that moved. */
  trashAll(tx: TenantTransaction, assets: readonly Trashable[]): Promise<ReadonlySet<string>> {
    return this.move(tx, assets, 'trashed');
  }

  /** As {@link restore}, in a few statements for any number; ids of those that moved. */
  restoreAll(tx: TenantTransaction, assets: readonly Trashable[]): Promise<ReadonlySet<string>> {
    return this.move(tx, assets, 'restored');
  }

  private async move(tx: TenantTransaction, assets: readonly Trashable[], to: 'trashed' | 'restored'): Promise<ReadonlySet<string>> {
    const moved = await this.lifecycle.changeAll(tx, assets.map(({ id }) => id), { to });
    const action = to === 'trashed' ? 'asset.trashed' : 'asset.restored';
    const entries = assets
      .filter(({ id }) => moved.has(id))
      .map(({ id, siteId }) => ({ action, resource: { type: 'asset', id }, site_id: siteId }));
    await this.audit.allInOrganization(tx, entries);
    return moved;
  }
}
