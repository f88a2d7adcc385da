import type { Principal } from '@atrium/contract-kit';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationDeletion } from '../organizations/organization-deletion.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';

/** Ends all that a person belongs to, by their own wish. */
@Injectable()
export class LeavingService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly deletion: OrganizationDeletion,
    private readonly audit: AuditTrail,
  ) {}

  /** All organizations or none: in one transaction. */
  leaveEverywhere({ userId }: Principal): Promise<void> {
    return this.database.asUser(userId, async (tx) => {
      for (const orgId of await this.members.organizationsOf(tx, userId)) {
        await this.database.inTenant(orgId, (inOrganization) => this.leave(inOrganization, userId));
      }
    });
  }

  private async leave(tx: TenantTransaction, userId: string): Promise<void> {
    await this.organizations.lock(tx);
    const member = await this.members.find(tx, userId);
    if (!member || member.status === 'removed') return;
    // Whoever is alone takes the organization with them.
    if (!(await this.members.hasOthers(tx, userId))) return this.deletion.close(tx);
    await this.members.remove(tx, userId);
    if (!(await this.assignments.hasOrganizationAdmin(tx))) {
      const organization = await this.organizations.find(tx);
      throw new DomainError('CONFLICT', `You are the last org_admin of "${organization?.name ?? tx.orgId}". Make somebody else one first.`);
    }
    await this.memberships.changed(tx, [userId]);
    await this.audit.inOrganization(tx, { action: 'member.left', resource: { type: 'user', id: userId } });
  }
}
