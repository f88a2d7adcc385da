import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import type { User } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { GrantService } from '../memberships/grant.service.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { type HeldRole, isOrganizationAdmin, RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { removalDays } from './removal-period.js';
import { requireMayManagePerson } from './user.policy.js';
import { shown } from './user.service.js';
import { VisibleUsers } from './visible-users.js';

/** Removes people from an organization, and brings them back. */
@Injectable()
export class UserRemovalService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly users: VisibleUsers,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly grants: GrantService,
    private readonly memberships: MembershipPublisher,
    private readonly audit: AuditTrail,
    private readonly accounts: AccountRepository,
  ) {}

  remove(principal: MemberPrincipal, userId: string): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const person = await this.users.get(tx, principal, userId);
      requireMayManagePerson(await this.assignments.heldByActive(tx, principal), person.roles, 'users.delete');
      await this.members.remove(tx, userId);
      if (isOrganizationAdmin(person.roles) && !(await this.assignments.hasOrganizationAdminBeside(tx, userId))) {
        throw new DomainError('CONFLICT', 'The last org_admin cannot be removed.');
      }
      await this.memberships.changed(tx, [userId]);
      await this.audit.inOrganization(tx, { action: 'member.removed', resource: { type: 'user', id: userId }, before: { status: person.member.status } });
    });
  }

  /** Roles come back only as far as the restorer could give them. */
  restore(principal: MemberPrincipal, userId: string): Promise<Versioned<User>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const { member, roles } = await this.users.getWithRemoved(tx, principal, userId);
      const own = await this.assignments.heldByActive(tx, principal);
      requireMayManagePerson(own, [], 'users.delete');
      if (member.status !== 'removed') throw new DomainError('CONFLICT', 'This person is not removed.');
      if (!(await this.members.restore(tx, userId, removalDays))) throw notFound('user');
      if (await this.database.asUser(userId, (personal) => this.accounts.isClosed(personal, userId))) {
        throw new DomainError('CONFLICT', 'This person has closed their account.');
      }
      const dropped = await this.dropBeyond(tx, own, roles);
      await this.memberships.changed(tx, [userId]);
      const person = await this.users.get(tx, principal, userId);
      await this.audit.inOrganization(tx, { action: 'member.restored', resource: { type: 'user', id: userId }, after: { status: person.member.status }, details: { roles_dropped: dropped } });
      return { version: person.member.version, body: shown(principal, person) };
    });
  }

  private async dropBeyond(tx: TenantTransaction, own: readonly HeldRole[], roles: readonly HeldRole[]): Promise<number[]> {
    const beyond = roles.filter((role) => !this.grants.mayGrant(own, role));
    for (const role of beyond) {
      await this.assignments.remove(tx, { userId: role.user_id, roleId: role.role_id, siteId: role.site_id });
    }
    return beyond.map((role) => role.role_id);
  }
}
