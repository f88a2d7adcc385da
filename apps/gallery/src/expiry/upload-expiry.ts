import { queues } from '@atrium/contracts/queues';
import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { attemptEach } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { type Reaped, summed } from '../reaper/reap-mode.js';
import { AssetObjects } from '../storage/asset-objects.js';
import { uploadCompleted } from '../verification/upload-message.js';
import { OverdueUploads, type OverdueUpload } from './overdue-uploads.js';

/** Milliseconds that a late verification is given before it is asked for again. */
const secondChance = 15 * 60 * 1000;

/**
 * Ends uploads whose time is over: without an object they are rejected; with one, whose notification must have been lost
 * or is long in coming, verification is asked for again.
 */
@Injectable()
export class UploadExpiry {
  constructor(
    private readonly database: Database,
    private readonly overdue: OverdueUploads,
    private readonly assets: AssetRepository,
    private readonly lifecycle: AssetLifecycle,
    private readonly objects: AssetObjects,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async sweep(): Promise<Reaped[]> {
    const ended = await attemptEach(await this.overdue.find(), (upload) => this.end(upload), (failed) => `${failed} overdue uploads could not be ended.`);
    return summed(ended.filter((reaped) => reaped !== undefined));
  }

  private async end({ orgId, assetId }: OverdueUpload): Promise<Reaped | undefined> {
    const asset = await this.database.inTenant(orgId, (tx) => this.assets.find(tx, assetId));
    if (!asset) return undefined;
    if (await this.objects.findUploaded(asset.quarantineKey)) {
      await this.database.inTenant(orgId, async (tx) => {
        await this.assets.postponeExpiry(tx, assetId, new Date(Date.now() + secondChance));
        await this.outbox.send(tx, queues.galleryUploads, uploadCompleted(orgId, assetId));
      });
      return undefined;
    }
    const reason = 'upload_expired: The file was not uploaded in time.';
    const moved = await this.database.inTenant(orgId, async (tx) => {
      if (!(await this.lifecycle.change(tx, assetId, { to: 'rejected', reason }))) return false;
      const resource = { type: 'asset', id: assetId };
      await this.audit.inOrganization(tx, { action: 'asset.upload_expired', resource, site_id: asset.siteId });
      return true;
    });
    if (!moved) return undefined;
    this.logger.info({ org_id: orgId, asset_id: assetId }, 'An upload was given up.');
    return { kind: 'expired_upload', count: 1, bytes: asset.size };
  }
}
