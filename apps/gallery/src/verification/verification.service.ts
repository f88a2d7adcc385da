import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { isOpen } from '../assets/asset.state.js';
import { AssetRepository, type StatusChange } from '../assets/asset.repository.js';
import { AssetObjects, type UploadedObject } from '../storage/asset-objects.js';
import { readyKeyOf } from '../storage/object-key.js';
import { detectContentType, detectionBytes } from './detect-content-type.js';
import type { UploadNotice } from './upload-message.js';
import { contentMismatch, typeMismatch } from './verdict.js';

/**
 * Judges uploads: quarantine → ready, or rejected. May be called for one upload any number of times, at once, late or
 * early: the object's ETag ties every step to the same bytes, and the row's status decides what still happens.
 */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly objects: AssetObjects,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async verify({ orgId, assetId }: UploadNotice): Promise<void> {
    const asset = await this.database.inTenant(orgId, (tx) => this.assets.find(tx, assetId));
    if (!asset) {
      // Its person was erased, or it never was: the bucket's lifecycle removes the object, if there is one.
      this.logger.warn({ org_id: orgId, asset_id: assetId }, 'An upload was announced that no asset belongs to.');
      return;
    }
    if (!isOpen(asset.status)) return this.objects.removeUploaded(asset.quarantineKey);
    const object = await this.objects.findUploaded(asset.quarantineKey);
    // Completed too early: S3's own notification, or the expiry, takes it from here.
    if (!object) return;
    await this.change(asset, { to: 'verifying' });
    await this.change(asset, await this.judge(asset, object));
    await this.objects.removeUploaded(asset.quarantineKey);
  }

  private async judge(asset: AssetEntity, object: UploadedObject): Promise<StatusChange> {
    const reason = contentMismatch(asset, await this.withSum(asset, object)) ?? (await this.typeMismatch(asset, object));
    if (reason !== undefined) return { to: 'rejected', reason };
    const readyKey = readyKeyOf({ orgId: asset.orgId, siteId: asset.siteId, assetId: asset.id });
    await this.objects.promote(asset.quarantineKey, object, readyKey, asset.contentType);
    return { to: 'ready', readyKey, verifiedEtag: object.etag };
  }

  /** S3 itself has refused any other sum, except of an object that came in parts. */
  private async withSum({ uploadMethod, size, quarantineKey }: AssetEntity, object: UploadedObject): Promise<UploadedObject> {
    if (uploadMethod !== 'multipart' || object.size !== size) return object;
    return { ...object, sha256: await this.objects.sha256Of(quarantineKey, object) };
  }

  /** The person was erased while their upload was judged: nothing would ever find the copy. */
  private async discardUnknown({ orgId, id }: AssetEntity, readyKey: string): Promise<void> {
    const known = await this.database.inTenant(orgId, (tx) => this.assets.find(tx, id));
    if (!known) await this.objects.removeReady(readyKey);
  }

  private async typeMismatch(asset: AssetEntity, object: UploadedObject): Promise<string | undefined> {
    const head = await this.objects.readHead(asset.quarantineKey, object, detectionBytes);
    return typeMismatch(asset, await detectContentType(head));
  }

  private async change(asset: AssetEntity, change: StatusChange): Promise<void> {
    const moved = await this.database.inTenant(asset.orgId, async (tx) => {
      const done = await this.assets.changeStatus(tx, asset.id, change);
      if (done && change.to !== 'verifying') await this.audit.inOrganization(tx, verdictOf(asset, change));
      return done;
    });
    if (!moved && change.to === 'ready') await this.discardUnknown(asset, change.readyKey);
    if (!moved || change.to === 'verifying') return;
    const reason = change.to === 'rejected' ? change.reason : undefined;
    this.logger.info({ org_id: asset.orgId, asset_id: asset.id, status: change.to, reason }, 'An upload was verified.');
  }
}

const verdictOf = ({ id, siteId }: AssetEntity, change: StatusChange): AuditRecord => ({
  action: change.to === 'rejected' ? 'asset.rejected' : 'asset.verified',
  resource: { type: 'asset', id },
  site_id: siteId,
  details: change.to === 'rejected' ? { reason: change.reason } : {},
});
