import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { DEFAULT_QUOTA, IngestQuotas } from './ingest-quotas.js';
import { monthOf } from './month.js';
import type { Quota } from './usage-account.js';
import { UsageRepository } from './usage.repository.js';

/** What an organization sent this month, and how much it may. */
@Injectable()
export class UsageService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(UsageRepository) private readonly usages: UsageRepository,
    @Inject(IngestQuotas) private readonly quotas: IngestQuotas,
    @Inject(DEFAULT_QUOTA) private readonly defaults: Quota,
  ) {}

  async read({ orgId }: MemberPrincipal): Promise<OutputOf<typeof eventsEndpoints.eventUsage>> {
    await this.quotas.flush();
    const { month, endsAt } = monthOf(Date.now());
    const usage = await this.database.inTenant(orgId, (tx) => this.usages.usageOf(tx, month));
    return {
      month: month.slice(0, 7),
      accepted: usage.accepted,
      allowed: usage.eventsPerMonth ?? this.defaults.eventsPerMonth,
      rate: usage.eventsPerSecond ?? this.defaults.eventsPerSecond,
      resets_at: new Date(endsAt).toISOString(),
    };
  }
}
