import type { DataOf } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { SiteDirectory } from '@atrium/site-directory';
import { Injectable } from '@nestjs/common';

/** Hears that an organization is no more: its sites end, and with them every share of its files, at once. */
@Injectable()
export class OrganizationEnd {
  constructor(private readonly sites: SiteDirectory) {}

  @OnDomainEvent(organizationChanged)
  async onOrganizationChanged({ org_id: orgId, deleted }: DataOf<typeof organizationChanged>): Promise<void> {
    if (deleted) await this.sites.endAll(orgId);
  }
}
