import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import type { User } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { isOrganizationAdmin, RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { requireMayManagePerson } from './user.policy.js';
import { shown } from './user.service.js';
import { VisibleUsers } from './visible-users.js';

/** Keeps people out of an organization, and lets them in again with the roles that they held. */
@Injectable()
export class UserStatusService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly users: VisibleUsers,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly audit: AuditTrail,
  ) {}

  /** Changes nothing, the version included, for whoever has that status already. */
  set(principal: MemberPrincipal, userId: string, status: 'active' | 'disabled'): Promise<Versioned<User>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const before = await this.users.get(tx, principal, userId);
      refuseSelf(principal, userId);
      requireMayManagePerson(await this.assignments.heldByActive(tx, principal), before.roles, 'users.update');
      if (await this.members.setStatus(tx, userId, status)) {
        if (status === 'disabled' && isOrganizationAdmin(before.roles) && !(await this.assignments.hasOrganizationAdminBeside(tx, userId))) {
          throw new DomainError('CONFLICT', 'The last org_admin cannot be disabled.');
        }
        await this.memberships.changed(tx, [userId]);
        const action = status === 'disabled' ? 'member.disabled' : 'member.enabled';
        await this.audit.inOrganization(tx, { action, resource: { type: 'user', id: userId } });
      }
      const person = await this.users.get(tx, principal, userId);
      return { version: person.member.version, body: shown(principal, person) };
    });
  }
}

function refuseSelf(principal: MemberPrincipal, userId: string): void {
  if (userId !== principal.userId) return;
  throw new AccessDeniedError('FORBIDDEN', {
    permission: 'users.update',
    reason: 'disabling or enabling oneself',
    publicMessage: 'You cannot disable or enable yourself.',
  });
}
