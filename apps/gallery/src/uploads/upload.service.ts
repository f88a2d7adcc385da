import type { InputOf, MemberPrincipal } from '@atrium/contract-kit';
import { type galleryEndpoints, maxPutBytes, type PresignedUpload } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, newId } from '@atrium/platform/database';
import { invalidField } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import type { OutboxMessage } from '@atrium/platform/messaging';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import { AlbumItems } from '../albums/album-items.js';
import type { NewAsset } from '../assets/asset.entity.js';
import { requireMayUpload } from '../assets/asset.policy.js';
import { quarantineKeyOf } from '../storage/object-key.js';
import { normalizeFilename } from './filename.js';
import { UPLOAD_LIMITS, type UploadLimits } from './upload-limits.js';
import { UploadBeginning } from './upload-beginning.js';
import { UploadOpener } from './upload-opener.js';

type NewUpload = InputOf<typeof galleryEndpoints.createUpload>['body'];

/** Begins uploads; bytes go to S3 directly. */
@Injectable()
export class UploadService {
  constructor(
    private readonly database: Database,
    private readonly beginning: UploadBeginning,
    private readonly albumItems: AlbumItems,
    private readonly opener: UploadOpener,
    private readonly sites: SiteDirectory,
    private readonly audit: AuditTrail,
    @Inject(UPLOAD_LIMITS) private readonly limits: UploadLimits,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async create(principal: MemberPrincipal, upload: NewUpload): Promise<PresignedUpload> {
    const { site_id: siteId, album_id: albumId, content_type: contentType, size, sha256, method: uploadMethod = 'put' } = upload;
    const { orgId, userId: createdBy } = principal;
    requireMayUpload(principal, siteId);
    const filename = normalizeFilename(upload.filename);
    this.requireSize(size, uploadMethod);
    // Before S3 is asked for anything.
    if (uploadMethod === 'multipart') await this.sites.require(orgId, siteId);

    const id = newId();
    const file = { quarantineKey: quarantineKeyOf({ orgId, siteId, assetId: id }), contentType, size, sha256 };
    const opened = await this.opener.open(uploadMethod, id, file);
    const { uploadId, partSize, expiresAt } = opened;
    // Without the file's name, which may be a person's.
    const after = { content_type: contentType, size };
    const record = { action: 'asset.upload_requested', resource: { type: 'asset', id }, site_id: siteId, after };
    const asset = { ...file, orgId, id, siteId, filename, uploadMethod, uploadId, partSize, createdBy, expiresAt };
    try {
      const messages = this.audit.messages(record, { orgId });
      if (albumId === undefined) await this.beginning.begin(asset, messages);
      else await this.beginInAlbum(principal, asset, messages, albumId);
    } catch (error) {
      // What can't be undone now ends with the bucket's own rule for parts.
      await this.opener.discard(file, opened).catch((err: unknown) => this.logger.warn({ err }, 'Parts were left behind.'));
      throw error;
    }
    return opened.answer;
  }

  private beginInAlbum(principal: MemberPrincipal, asset: NewAsset, messages: readonly OutboxMessage[], albumId: string): Promise<void> {
    return this.database.inTenant(asset.orgId, async (tx) => {
      // Before the organization's counters, as where a file is purged that an album shows first.
      await this.albumItems.getForChange(tx, principal, albumId);
      await this.beginning.begin(asset, messages);
      await this.albumItems.appendUpload(tx, principal, { id: asset.id, siteId: asset.siteId, albumId });
    });
  }

  private requireSize(size: number, method: NonNullable<NewUpload['method']>): void {
    const { maxBytes } = this.limits;
    if (size > maxBytes) throw invalidField('size', `must be at most ${maxBytes} bytes`);
    if (method !== 'multipart' && size > maxPutBytes) throw invalidField('size', `must be at most ${maxPutBytes} bytes unless multipart`);
  }
}
