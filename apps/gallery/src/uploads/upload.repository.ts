import { Database } from '@atrium/platform/database';
import { type OutboxMessage, outboxRows } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { NewAsset } from '../assets/asset.entity.js';
import type { DefaultQuotas } from '../quotas/storage-quotas.js';

/** Why nothing was begun. */
export type Refusal = 'site_unknown' | 'site_deleted' | 'type_not_allowed' | 'no_room_in_organization' | 'no_room_in_site';

@Injectable()
export class UploadRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes the room for a new upload, writes its row and what is told of it, in one round trip; nothing unless `begun`.
   *
   * @param limits where the organization and the site have none of their own
   * @param siteVouched a site that this service has not heard of yet is known to exist
   */
  async begin(asset: NewAsset, messages: readonly OutboxMessage[], limits: DefaultQuotas, siteVouched: boolean): Promise<'begun' | Refusal> {
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
    const [answer] = await this.database.statement<{ begun: 'begun' | Refusal }>(
      'select gallery.begin_upload($1, $2, $3, $4) as begun',
      [row, outboxRows(messages), JSON.stringify(limits), siteVouched],
      'gallery-begin-upload',
    );
    if (!answer) throw new Error('gallery.begin_upload gave no answer.');
    return answer.begun;
  }
}
