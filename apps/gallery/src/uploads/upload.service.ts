import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { Asset, galleryEndpoints } from '@atrium/contracts/gallery';
import { queues } from '@atrium/contracts/queues';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId } from '@atrium/platform/database';
import { invalidField, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import { AlbumItems } from '../albums/album-items.js';
import { toAsset } from '../assets/asset.mapper.js';
import { requireMayComplete, requireMayUpload } from '../assets/asset.policy.js';
import { isOpen } from '../assets/asset.state.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { quarantineKeyOf } from '../storage/object-key.js';
import { PresignedUrls } from '../storage/presigned-urls.js';
import { uploadCompleted } from '../verification/upload-message.js';
import { normalizeFilename } from './filename.js';
import { uploadDeadline } from './upload-deadline.js';
import { UPLOAD_LIMITS, type UploadLimits } from './upload-limits.js';

type NewUpload = InputOf<typeof galleryEndpoints.createUpload>['body'];
type PresignedUpload = OutputOf<typeof galleryEndpoints.createUpload>;

@Injectable()
export class UploadService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly albumItems: AlbumItems,
    private readonly sites: SiteDirectory,
    private readonly urls: PresignedUrls,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    @Inject(UPLOAD_LIMITS) private readonly limits: UploadLimits,
  ) {}

  async create(principal: MemberPrincipal, upload: NewUpload): Promise<PresignedUpload> {
    const { site_id: siteId, album_id: albumId, content_type: contentType, size, sha256 } = upload;
    const { orgId, userId: createdBy } = principal;
    requireMayUpload(principal, siteId);
    const filename = normalizeFilename(upload.filename);
    if (size > this.limits.maxBytes) throw invalidField('size', `must be at most ${this.limits.maxBytes} bytes`);
    await this.sites.require(orgId, siteId);

    const id = newId();
    const quarantineKey = quarantineKeyOf({ orgId, siteId, assetId: id });
    const signed = await this.urls.signUpload({ quarantineKey, contentType, size, sha256 });
    const expiresAt = uploadDeadline(signed.expiresAt, size);
    await this.database.inTenant(orgId, async (tx) => {
      await this.assets.insert(tx, { id, siteId, filename, contentType, size, sha256, quarantineKey, createdBy, expiresAt });
      if (albumId !== undefined) await this.albumItems.appendUpload(tx, principal, { id, siteId, albumId });
      // Without the file's name, which may be a person's.
      const after = { content_type: contentType, size };
      await this.audit.inOrganization(tx, { action: 'asset.upload_requested', resource: { type: 'asset', id }, site_id: siteId, after });
    });
    const { url, headers } = signed;
    return { asset_id: id, method: 'PUT', url, headers, expires_at: signed.expiresAt.toISOString() };
  }

  /** Asks for verification now; one that has ended already is not begun again. */
  complete(principal: MemberPrincipal, assetId: string): Promise<Asset> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const asset = await this.assets.findForUpdate(tx, assetId);
      if (!asset) throw notFound('upload');
      requireMayComplete(principal, asset);
      if (!isOpen(asset.status)) return toAsset(asset);
      await this.assets.changeStatus(tx, assetId, { to: 'verifying' });
      await this.outbox.send(tx, queues.galleryUploads, uploadCompleted(principal.orgId, assetId));
      return toAsset((await this.assets.find(tx, assetId)) ?? asset);
    });
  }
}
