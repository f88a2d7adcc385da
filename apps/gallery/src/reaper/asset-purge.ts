import type { PurgeCause } from '@atrium/contracts/domain-events';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { derivativeKeysOf, readyKeyOf } from '../storage/object-key.js';
import { StoredObjects } from '../storage/stored-objects.js';

/** Where the bytes of an asset may be, whatever its status. */
export interface PurgeableAsset {
  readonly id: string;
  readonly site_id: string;
  readonly size: number;
  readonly quarantine_key: string;
  /** Whether an upload may be under way. */
  readonly is_open: boolean;
}
/** Columns of gallery.assets that make one. */
export const purgeableColumns = `id, site_id, size::float8 as size, quarantine_key, status in ('pending', 'verifying') as is_open`;

export type FindPurgeable = (tx: TenantTransaction, limit: number) => Promise<PurgeableAsset[]>;

/** As many as S3 removes at a time, with what is derived from them. */
const batch = 200;

/**
 * Removes assets for good: objects first and then their rows, so that whatever ends it midway, no object is left that
 * nothing knows of. Every step may be repeated.
 */
@Injectable()
export class AssetPurge {
  constructor(
    private readonly database: Database,
    private readonly lifecycle: AssetLifecycle,
    private readonly objects: StoredObjects,
  ) {}

  /** Until `find` gives none any more. */
  async all(orgId: string, cause: PurgeCause, find: FindPurgeable): Promise<{ count: number; bytes: number }> {
    const purged = { count: 0, bytes: 0 };
    for (;;) {
      const assets = await this.database.inTenant(orgId, (tx) => find(tx, batch));
      if (assets.length === 0) return purged;
      await this.removeObjects(orgId, assets);
      const gone = await this.database.inTenant(orgId, (tx) => this.lifecycle.purge(tx, assets.map(({ id }) => id), cause));
      if (gone.size === 0) throw new Error(`${assets.length} assets were to be purged (${cause}), and the database let none of them go.`);
      for (const { id, size } of assets) {
        if (!gone.has(id)) continue;
        purged.count += 1;
        purged.bytes += size;
      }
    }
  }

  private async removeObjects(orgId: string, assets: readonly PurgeableAsset[]): Promise<void> {
    for (const { quarantine_key, is_open } of assets) {
      if (is_open) for await (const upload of this.objects.multiparts(quarantine_key)) await this.objects.abort(upload);
    }
    await this.objects.remove('quarantine', assets.map(({ quarantine_key }) => quarantine_key));
    const readyKeys = assets.map(({ id, site_id: siteId }) => readyKeyOf({ orgId, siteId, assetId: id }));
    await this.objects.remove('ready', readyKeys.flatMap((key) => [key, ...derivativeKeysOf(key)]));
  }
}
