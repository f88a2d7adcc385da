import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import { systemRoles, type usersEndpoints } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { VisibleUsers } from '../people/visible-users.js';
import { requireNotAbove } from './grant.policy.js';
import { GrantService } from './grant.service.js';
import { MembershipPublisher } from './membership.publisher.js';
import { type RoleAssignment, RoleAssignmentRepository } from './role-assignment.repository.js';

@Injectable()
export class RoleAssignmentService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly users: VisibleUsers,
    private readonly grants: GrantService,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly audit: AuditTrail,
  ) {}

  assign(principal: MemberPrincipal, assignment: RoleAssignment): Promise<OutputOf<typeof usersEndpoints.assignRole>> {
    const { userId, roleId, siteId } = assignment;
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const person = await this.users.get(tx, principal, userId);
      const { role, grantor } = await this.grants.requireMayGrant(tx, principal, 'roles.assign', assignment);
      requireNotAbove(grantor, person.roles, siteId);
      const assignedAt = await this.assignments.add(tx, assignment, principal.userId);
      if (!assignedAt) throw new DomainError('CONFLICT', 'This person holds the role already.');
      await this.memberships.changed(tx, [userId]);
      await this.audit.inOrganization(tx, { action: 'role.assigned', resource: { type: 'user', id: userId }, site_id: siteId, after: { role_id: roleId, role_name: role.name } });
      return { user_id: userId, role_id: roleId, role_name: role.name, site_id: siteId, assigned_at: assignedAt.toISOString() };
    });
  }

  /** Whoever loses the last role stays known to the organization, but is no longer an active member. */
  remove(principal: MemberPrincipal, assignment: RoleAssignment): Promise<void> {
    const { userId, roleId, siteId } = assignment;
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const person = await this.users.get(tx, principal, userId);
      const { role, grantor } = await this.grants.requireMayGrant(tx, principal, 'roles.assign', assignment);
      requireNotAbove(grantor, person.roles, siteId);
      if (!(await this.assignments.remove(tx, assignment))) throw notFound('role of this person');
      if (roleId === systemRoles.org_admin.id && !(await this.assignments.hasOrganizationAdminBeside(tx, userId))) {
        throw new DomainError('CONFLICT', 'The last org_admin cannot be removed.');
      }
      await this.memberships.changed(tx, [userId]);
      await this.audit.inOrganization(tx, { action: 'role.unassigned', resource: { type: 'user', id: userId }, site_id: siteId, before: { role_id: roleId, role_name: role.name } });
    });
  }
}
