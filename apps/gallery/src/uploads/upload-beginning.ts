import { assetCreated } from '@atrium/contracts/domain-events';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { invalidField, notFound } from '@atrium/platform/errors';
import { Outbox, type OutboxMessage } from '@atrium/platform/messaging';
import { SiteDirectory } from '@atrium/site-directory';
import { Injectable } from '@nestjs/common';
import type { NewAsset } from '../assets/asset.entity.js';
import { factOf } from '../assets/asset-lifecycle.js';
import { StorageQuotas } from '../quotas/storage-quotas.js';
import { SettingsRepository } from '../settings/settings.repository.js';
import { type Refusal, UploadRepository } from './upload.repository.js';

/** The only way by which assets come: room is taken, the row written and its event told in one statement. */
@Injectable()
export class UploadBeginning {
  constructor(
    private readonly database: Database,
    private readonly uploads: UploadRepository,
    private readonly outbox: Outbox,
    private readonly sites: SiteDirectory,
    private readonly quotas: StorageQuotas,
    private readonly settings: SettingsRepository,
  ) {}

  /**
   * A pending asset, with what is told of it besides. In a transaction it comes last: the organization's counters stay
   * locked until the end of it.
   *
   * @throws NOT_FOUND of a site that is not there, VALIDATION_ERROR of a type that the organization doesn't take, QUOTA_EXCEEDED
   */
  async begin(asset: NewAsset, messages: readonly OutboxMessage[]): Promise<void> {
    const { orgId, siteId } = asset;
    const created = this.outbox.messages(assetCreated, { ...factOf({ orgId }, asset), version: 1 }, { orgId });
    const begin = (siteVouched: boolean) => this.uploads.begin(asset, [...messages, ...created], this.quotas.defaults, siteVouched);
    let begun = await begin(false);
    if (begun === 'site_unknown') {
      // Not heard of yet: the users service is asked.
      await this.sites.require(orgId, siteId);
      begun = await begin(true);
    }
    if (begun === 'begun') return;
    const refusal = begun;
    await this.database.inTenant(orgId, (tx) => this.refuse(tx, asset, refusal));
  }

  private async refuse(tx: TenantTransaction, asset: NewAsset, why: Refusal): Promise<never> {
    if (why === 'no_room_in_site') return this.quotas.refuse(tx, 'site', asset);
    if (why === 'no_room_in_organization') return this.quotas.refuse(tx, 'organization', asset);
    if (why !== 'type_not_allowed') throw notFound('site');
    const { allowed_content_types: allowed } = await this.settings.get(tx);
    throw invalidField('content_type', `is not allowed here; allowed are ${allowed.join(', ')}`);
  }
}
