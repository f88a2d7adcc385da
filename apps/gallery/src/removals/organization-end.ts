import type { DataOf } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { Database } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { SiteDirectory } from '@atrium/site-directory';
import { Injectable } from '@nestjs/common';
import { wholeOrganization } from '../quotas/room.js';
import { requestRemoval } from './removal.repository.js';

/**
 * Hears that an organization has ended: its sites end, and with them every share of its files, at once. The worker, who may
 * touch objects, removes what it leaves.
 */
@Injectable()
export class OrganizationEnd {
  constructor(
    private readonly database: Database,
    private readonly sites: SiteDirectory,
  ) {}

  @OnDomainEvent(organizationChanged)
  async onOrganizationChanged({ org_id: orgId, deleted }: DataOf<typeof organizationChanged>): Promise<void> {
    if (!deleted) return;
    await this.sites.endAll(orgId);
    await this.database.inTenant(orgId, (tx) => requestRemoval(tx, wholeOrganization));
  }
}
