import { Database } from '@atrium/platform/database';
import { hasDestination, type OutboxMessage } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { NewAsset } from '../assets/asset.entity.js';
import type { DefaultQuotas } from '../quotas/storage-quotas.js';

/** An upload that is to begin. */
export interface Beginning {
  readonly asset: NewAsset;
  /** What is told of it. */
  readonly messages: readonly OutboxMessage[];
  /** A site that this service has not heard of yet is known to exist. */
  readonly siteVouched: boolean;
}

/** Why nothing was begun. */
export type Refusal = 'site_unknown' | 'site_deleted' | 'type_not_allowed' | 'no_room_in_organization' | 'no_room_in_site';
export type Verdict = 'begun' | Refusal;

@Injectable()
export class UploadRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes the room for new uploads of one organization, writes their rows and what is told of them, in one round trip. Each
   * is judged as if those before it had come alone; of one that isn't `begun` nothing is left.
   *
   * @param limits where the organization and the site have none of their own
   * @returns a verdict for each, in their order
   */
  async begin(orgId: string, beginnings: readonly Beginning[], limits: DefaultQuotas): Promise<readonly Verdict[]> {
    const uploads = JSON.stringify(beginnings.map(rowOf));
    const messages = JSON.stringify(beginnings.flatMap(messagesOf));
    const [answer] = await this.database.statement<{ verdicts: readonly Verdict[] }>(
      'select gallery.begin_uploads($1, $2, $3, $4) as verdicts',
      [orgId, uploads, messages, JSON.stringify(limits)],
      'gallery-begin-uploads',
    );
    if (answer?.verdicts.length !== beginnings.length) throw new Error('gallery.begin_uploads did not judge every upload.');
    return answer.verdicts;
  }
}

const rowOf = ({ asset, siteVouched }: Beginning) => ({
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
  site_vouched: siteVouched,
});

const messagesOf = ({ messages }: Beginning, index: number) =>
  messages.filter(hasDestination).map((message) => ({ ...message, upload: index + 1 }));
