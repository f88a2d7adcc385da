import { Database } from '@atrium/platform/database';
import { type OutboxMessage, outboxRows } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';

/** What is known of an asset when its upload begins; the database adds the rest. */
export type NewAsset = Pick<
  AssetEntity,
  | 'orgId'
  | 'id'
  | 'siteId'
  | 'filename'
  | 'contentType'
  | 'size'
  | 'sha256'
  | 'quarantineKey'
  | 'uploadMethod'
  | 'uploadId'
  | 'partSize'
  | 'createdBy'
  | 'expiresAt'
>;

export type Begun = 'begun' | 'site_unknown' | 'site_deleted';

@Injectable()
export class UploadRepository {
  constructor(private readonly database: Database) {}

  /**
   * Writes the row of a new upload and what is told of it, in one round trip; nothing unless `begun`.
   *
   * @param siteVouched a site that this service has not heard of yet is known to exist
   */
  async begin(asset: NewAsset, messages: readonly OutboxMessage[], siteVouched = false): Promise<Begun> {
    const row = JSON.stringify({
      org_id: asset.orgId,
      id: asset.id,
      site_id: asset.siteId,
      filename: asset.filename,
      content_type: asset.contentType,
      size: asset.size,
      sha256: asset.sha256,
      quarantine_key: asset.quarantineKey,
      upload_method: asset.uploadMethod,
      upload_id: asset.uploadId,
      part_size: asset.partSize,
      created_by: asset.createdBy,
      expires_at: asset.expiresAt,
    });
    const [answer] = await this.database.statement<{ begun: Begun }>(
      'select gallery.begin_upload($1, $2, $3) as begun',
      [row, outboxRows(messages), siteVouched],
      'gallery-begin-upload',
    );
    if (!answer) throw new Error('gallery.begin_upload gave no answer.');
    return answer.begun;
  }
}
