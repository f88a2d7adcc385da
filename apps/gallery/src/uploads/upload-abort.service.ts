import type { MemberPrincipal } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { requireMayComplete } from '../assets/asset.policy.js';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { MultipartUploads } from '../storage/multipart-uploads.js';
import { uploadCompleted } from '../verification/upload-message.js';

const reason = 'upload_aborted: The upload was given up.';

/** Ends uploads that their people have given up. */
@Injectable()
export class UploadAbortService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly lifecycle: AssetLifecycle,
    private readonly multipart: MultipartUploads,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  /** The row goes first: from then on nothing of it can become a file, whatever S3 still has. */
  async abort(principal: MemberPrincipal, assetId: string): Promise<void> {
    const { quarantineKey, uploadId } = await this.reject(principal, assetId);
    if (uploadId !== null) await this.multipart.abort(quarantineKey, uploadId);
  }

  private reject(principal: MemberPrincipal, assetId: string) {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const asset = await this.assets.findForUpdate(tx, assetId);
      if (!asset) throw notFound('upload');
      requireMayComplete(principal, asset);
      if (asset.status === 'rejected') return asset;
      if (asset.status !== 'pending') throw new DomainError('CONFLICT', `The file is ${asset.status}: too late to give its upload up.`);
      await this.lifecycle.change(tx, assetId, { to: 'rejected', reason });
      // Whoever verifies uploads removes what came of it.
      await this.outbox.send(tx, queues.galleryUploads, uploadCompleted(principal.orgId, assetId));
      const resource = { type: 'asset', id: assetId };
      await this.audit.inOrganization(tx, { action: 'asset.upload_aborted', resource, site_id: asset.siteId });
      return asset;
    });
  }
}
