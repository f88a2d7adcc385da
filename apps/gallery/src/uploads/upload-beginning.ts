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
import { UploadGroups } from './upload-groups.js';
import { type Beginning, type Refusal, UploadRepository, type Verdict } from './upload.repository.js';

/** The only way by which assets come: room is taken, the row written and its event told in one statement. */
@Injectable()
export class UploadBeginning {
  constructor(
    private readonly database: Database,
    private readonly uploads: UploadRepository,
    private readonly groups: UploadGroups,
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
    const beginning = { asset, messages: [...messages, ...created] };
    // In a transaction before any lock: others of the organization would wait for the users service too.
    const siteVouched = this.database.isInTransaction;
    if (siteVouched) await this.sites.require(orgId, siteId);
    let begun = await this.judge({ ...beginning, siteVouched });
    if (begun === 'site_unknown') {
      // Not heard of yet: the users service is asked.
      await this.sites.require(orgId, siteId);
      begun = await this.judge({ ...beginning, siteVouched: true });
    }
    if (begun === 'begun') return;
    const refusal = begun;
    await this.database.inTenant(orgId, (tx) => this.refuse(tx, asset, refusal));
  }

  /** What belongs to a transaction, such as an album's or an Idempotency-Key's, is written in it; else with others. */
  private async judge(beginning: Beginning): Promise<Verdict> {
    if (!this.database.isInTransaction) return this.groups.begin(beginning);
    const [verdict] = await this.uploads.begin(beginning.asset.orgId, [beginning], this.quotas.defaults);
    if (verdict === undefined) throw new Error('An upload was not judged.');
    return verdict;
  }

  private async refuse(tx: TenantTransaction, asset: NewAsset, why: Refusal): Promise<never> {
    if (why === 'no_room_in_site') return this.quotas.refuse(tx, 'site', asset);
    if (why === 'no_room_in_organization') return this.quotas.refuse(tx, 'organization', asset);
    if (why !== 'type_not_allowed') throw notFound('site');
    const { allowed_content_types: allowed } = await this.settings.get(tx);
    throw invalidField('content_type', `is not allowed here; allowed are ${allowed.join(', ')}`);
  }
}
