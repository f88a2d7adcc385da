import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetObjects } from '../storage/asset-objects.js';
import { readyKeyOf } from '../storage/object-key.js';
import { type ErasableAsset, type Erasure, ErasureRepository } from './erasure.repository.js';

const maxErasures = 100;
const batch = 100;

/**
 * Deletes what erased people uploaded: objects first and then their rows, so that whatever ends it midway, no object is
 * left that nothing knows of. Every step may be repeated.
 */
@Injectable()
export class PersonErasure {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureRepository,
    private readonly lifecycle: AssetLifecycle,
    private readonly objects: AssetObjects,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** One that fails holds up no others. */
  async sweep(): Promise<void> {
    const pending = await this.database.withoutTenant((tx) => this.erasures.pending(tx, maxErasures));
    const failures: unknown[] = [];
    for (const erasure of pending) await this.erase(erasure).catch((error: unknown) => void failures.push(error));
    if (failures.length > 0) throw new Error(`Files of ${failures.length} people could not be deleted.`, { cause: failures[0] });
  }

  private async erase(erasure: Erasure): Promise<void> {
    const { org_id: orgId, user_id: userId } = erasure;
    let files = 0;
    for (;;) {
      const assets = await this.database.inTenant(orgId, (tx) => this.erasures.assets(tx, erasure, batch));
      if (assets.length === 0) break;
      for (const asset of assets) await this.removeObjects(orgId, asset);
      await this.database.inTenant(orgId, (tx) => this.lifecycle.purge(tx, assets.map(({ id }) => id), 'person_erased'));
      files += assets.length;
    }
    await this.database.inTenant(orgId, async (tx) => {
      await this.erasures.finish(tx, erasure);
      const resource = { type: 'user', id: userId };
      if (files > 0) await this.audit.record(tx, { action: 'files.erased', resource, details: { files } }, { orgId });
    });
    this.logger.info({ event: 'files_erased', org_id: orgId, user_id: userId, files }, 'The files of an erased person are deleted.');
  }

  private async removeObjects(orgId: string, { id, site_id: siteId, quarantine_key }: ErasableAsset): Promise<void> {
    await this.objects.removeUploaded(quarantine_key);
    await this.objects.removeReady(readyKeyOf({ orgId, siteId, assetId: id }));
  }
}
