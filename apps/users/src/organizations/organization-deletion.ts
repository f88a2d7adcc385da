import type { MemberPrincipal } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { AccessDeniedError, requireSameOrganization } from '@atrium/platform/auth-guard';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { InvitationRevocation } from '../invitations/invitation-revocation.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from './organization.repository.js';

const permission = 'orgs.delete';
/** People removed in one go: what is held in memory stays bounded. */
const batchSize = 500;

/** Ends organizations: everybody is removed, as one by one, and erased in time. */
@Injectable()
export class OrganizationDeletion {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly invitations: InvitationRevocation,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  delete(principal: MemberPrincipal, orgId: string): Promise<void> {
    requireSameOrganization(principal, orgId, 'organization');
    return this.database.inTenant(orgId, async (tx) => {
      await this.organizations.lock(tx);
      if (!(await this.organizations.find(tx))) throw notFound('organization');
      const own = await this.assignments.heldByActive(tx, principal);
      if (!own.some((role) => role.site_id === null && role.permissions.includes(permission))) {
        throw new AccessDeniedError('FORBIDDEN', { permission, reason: `${permission} is no longer held` });
      }
      await this.close(tx);
    });
  }

  /** The caller has locked the organization. */
  async close(tx: TenantTransaction): Promise<void> {
    const closed = await this.organizations.delete(tx);
    if (!closed) return;
    const { name, version } = closed;
    await this.outbox.publish(tx, organizationChanged, { org_id: tx.orgId, name, version, deleted: true }, { orgId: tx.orgId });
    await this.invitations.revokeAll(tx);
    let removed: string[];
    let members = 0;
    do {
      removed = await this.members.removeSome(tx, batchSize);
      await this.memberships.changed(tx, removed);
      members += removed.length;
    } while (removed.length > 0);
    const resource = { type: 'organization', id: tx.orgId };
    await this.audit.inOrganization(tx, { action: 'organization.deleted', resource, before: { name }, details: { members_removed: members } });
  }
}
