import { organizationChanged } from '@atrium/contracts/domain-events';
import { systemRoles } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository, type OrganizationRow } from './organization.repository.js';

/** Makes organizations, each with its founder as org_admin. */
@Injectable()
export class OrganizationFounding {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  found(founder: Account, name: string): Promise<OrganizationRow> {
    return this.database.inTenant(newId(), async (tx) => {
      const organization = await this.organizations.add(tx, name);
      await this.members.add(tx, founder, {});
      await this.assignments.add(tx, { userId: founder.user_id, roleId: systemRoles.org_admin.id, siteId: null }, null);
      const { version } = organization;
      await this.outbox.publish(tx, organizationChanged, { org_id: tx.orgId, name, version }, { orgId: tx.orgId });
      await this.memberships.changed(tx, [founder.user_id]);
      await this.audit.inOrganization(tx, { action: 'organization.created', resource: { type: 'organization', id: tx.orgId }, after: { name } });
      return organization;
    });
  }
}
