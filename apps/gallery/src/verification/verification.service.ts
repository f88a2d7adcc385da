import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { isOpen } from '../assets/asset.state.js';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetRepository, type StatusChange } from '../assets/asset.repository.js';
import { FILE_SCANNER, type FileScanner } from '../scanning/file-scanner.js';
import { SettingsRepository } from '../settings/settings.repository.js';
import { AssetObjects, type UploadedObject } from '../storage/asset-objects.js';
import { readyKeyOf } from '../storage/object-key.js';
import { detectContentType, detectionBytes } from './detect-content-type.js';
import { ImageVerification, isImage } from './image-verification.js';
import type { UploadNotice } from './upload-message.js';
import { contentMismatch, scanFinding, typeMismatch, typeNotAllowed } from './verdict.js';

/**
 * Judges uploads: quarantine → ready, or rejected. May be called for one upload any number of times, at once, late or
 * early: the object's ETag ties every step to the same bytes, and the row's status decides what still happens.
 */
@Injectable()
export class VerificationService {
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly lifecycle: AssetLifecycle,
    private readonly objects: AssetObjects,
    private readonly settings: SettingsRepository,
    private readonly images: ImageVerification,
    private readonly audit: AuditTrail,
    @Inject(FILE_SCANNER) private readonly scanner: FileScanner | undefined,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** S3 and the client announce one upload at the same time, as a rule: what is heard meanwhile joins the work at hand. */
  verify(notice: UploadNotice): Promise<void> {
    const running = this.running.get(notice.assetId);
    if (running) return running;
    const verified = this.verifyOnce(notice).finally(() => this.running.delete(notice.assetId));
    this.running.set(notice.assetId, verified);
    return verified;
  }

  private async verifyOnce({ orgId, assetId }: UploadNotice): Promise<void> {
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
    const settings = await this.database.inTenant(asset.orgId, (tx) => this.settings.get(tx));
    const reason =
      contentMismatch(asset, await this.withSum(asset, object)) ??
      typeNotAllowed(asset, settings.allowed_content_types) ??
      (await this.typeMismatch(asset, object)) ??
      (await this.scanFinding(asset, object));
    if (reason !== undefined) return { to: 'rejected', reason };
    if (isImage(asset.contentType)) return this.images.judge(asset, object, settings.strip_original_metadata);
    const readyKey = readyKeyOf({ orgId: asset.orgId, siteId: asset.siteId, assetId: asset.id });
    await this.objects.promote(asset.quarantineKey, object, readyKey, asset.contentType);
    return { to: 'ready', readyKey, verifiedEtag: object.etag };
  }

  /** S3 itself has refused any other sum, except of an object that came in parts. */
  private async withSum({ uploadMethod, size, quarantineKey }: AssetEntity, object: UploadedObject): Promise<UploadedObject> {
    if (uploadMethod !== 'multipart' || object.size !== size) return object;
    return { ...object, sha256: await this.objects.sha256Of(quarantineKey, object) };
  }

  /** The person was erased while their upload was judged, or its time ran out: the row knows of no copy. */
  private async discardUnknown({ orgId, id }: AssetEntity, readyKey: string): Promise<void> {
    const known = await this.database.inTenant(orgId, (tx) => this.assets.find(tx, id));
    if (known?.readyKey !== readyKey) await this.objects.removeReady(readyKey);
  }

  private async typeMismatch(asset: AssetEntity, object: UploadedObject): Promise<string | undefined> {
    const head = await this.objects.readHead(asset.quarantineKey, object, detectionBytes);
    return typeMismatch(asset, await detectContentType(head));
  }

  private async scanFinding(asset: AssetEntity, object: UploadedObject): Promise<string | undefined> {
    if (!this.scanner) return undefined;
    return scanFinding(await this.scanner.scan(object.size, () => this.objects.openUploaded(asset.quarantineKey, object)));
  }

  private async change(asset: AssetEntity, change: StatusChange): Promise<void> {
    const moved = await this.database.inTenant(asset.orgId, async (tx) => {
      const done = await this.lifecycle.change(tx, asset.id, change);
      if (done && change.to !== 'verifying') await this.audit.inOrganization(tx, verdictOf(asset, change));
      return done;
    });
    if (!moved && change.to === 'ready') await this.discardUnknown(asset, change.readyKey);
    if (!moved || change.to === 'verifying') return;
    // An earlier attempt, which something ended, may have judged otherwise: by other settings, or before the scanner knew.
    if (change.to === 'rejected') await this.objects.removeReady(readyKeyOf({ orgId: asset.orgId, siteId: asset.siteId, assetId: asset.id }));
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
