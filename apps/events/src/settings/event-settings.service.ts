import type { MemberPrincipal } from '@atrium/contract-kit';
import type { EventSettings } from '@atrium/contracts/events';
import { maxRetentionDays } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { invalidField } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { RemovalRepository } from '../removals/removal.repository.js';
import { RemovalJob } from '../removals/removal.job.js';
import { EventSettingsRepository, type EventSettingsRow } from './event-settings.repository.js';
import { RETENTION_DAYS, RetentionDirectory } from './retention-directory.js';

/** What an organization chooses about its events. */
@Injectable()
export class EventSettingsService {
  private readonly most: number;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EventSettingsRepository) private readonly settings: EventSettingsRepository,
    @Inject(RemovalRepository) private readonly removals: RemovalRepository,
    @Inject(RemovalJob) private readonly job: RemovalJob,
    @Inject(RetentionDirectory) private readonly directory: RetentionDirectory,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(RETENTION_DAYS) platformDays: number,
  ) {
    this.most = Math.min(platformDays, maxRetentionDays);
  }

  async read({ orgId }: MemberPrincipal): Promise<EventSettings> {
    return this.shown(await this.database.inTenant(orgId, (tx) => this.settings.find(tx)));
  }

  async update({ orgId }: MemberPrincipal, { retention_days: days }: { readonly retention_days: number }): Promise<EventSettings> {
    if (days > this.most) throw invalidField('retention_days', `must be ${this.most} at most on this platform`);
    const row = await this.database.inTenant(orgId, async (tx) => {
      await this.settings.lock(tx);
      const before = this.shown(await this.settings.find(tx)).retention_days;
      const saved = await this.settings.save(tx, days);
      // Also where the same is chosen again: it does no harm, and repairs what an older choice left.
      await this.removals.requestRetention(tx, days);
      const change = { before: { retention_days: before }, after: { retention_days: days } };
      await this.audit.inOrganization(tx, { action: 'events.settings_updated', resource: { type: 'organization', id: orgId }, ...change });
      return saved;
    });
    this.directory.forget(orgId);
    this.job.wake();
    return this.shown(row);
  }

  private shown(row: EventSettingsRow | undefined): EventSettings {
    const chosen = row?.retention_days ?? this.most;
    return { retention_days: Math.min(chosen, this.most), max_retention_days: this.most, updated_at: row?.updated_at.toISOString() ?? null };
  }
}
