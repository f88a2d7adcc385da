import type { DataOf } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { Database } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { wholeOrganization } from '../quotas/room.js';
import { requestRemoval } from './removal.repository.js';

/** Hears that an organization has ended; the worker, who may touch objects, removes what it leaves. */
@Injectable()
export class OrganizationEnd {
  constructor(private readonly database: Database) {}

  @OnDomainEvent(organizationChanged)
  async onOrganizationChanged({ org_id: orgId, deleted }: DataOf<typeof organizationChanged>): Promise<void> {
    if (deleted) await this.database.inTenant(orgId, (tx) => requestRemoval(tx, wholeOrganization));
  }
}
