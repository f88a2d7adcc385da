import type { Principal } from '@atrium/contract-kit';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable, Logger } from '@nestjs/common';
import { AccountClosure } from '../accounts/account-closure.js';
import { AccountRepository } from '../accounts/account.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { isOrganizationAdmin, RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationDeletion } from '../organizations/organization-deletion.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';

type WithoutAdmin = (tx: TenantTransaction) => Promise<void>;

/** Ends all that a person belongs to, and their account. */
@Injectable()
export class LeavingService {
  private readonly logger = new Logger(LeavingService.name);

  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly deletion: OrganizationDeletion,
    private readonly audit: AuditTrail,
    private readonly accounts: AccountRepository,
    private readonly closure: AccountClosure,
  ) {}

  /** By their own wish. All organizations or none: in one transaction. */
  leaveEverywhere({ userId }: Principal): Promise<void> {
    return this.database.asUser(userId, async (tx) => {
      // First, so that no invitation is redeemed meanwhile.
      await this.closure.close(tx, userId);
      await this.leaveAll(tx, userId, (inOrganization) => this.refuse(inOrganization));
    });
  }

  /** Auth has deleted the account, as nobody verified its address: there is nobody to be asked, or told. */
  forget(userId: string): Promise<void> {
    return this.database.asUser(userId, async (tx) => {
      await this.accounts.close(tx, userId);
      await this.leaveAll(tx, userId, async ({ orgId }) => {
        this.logger.warn({ event: 'organization_without_admin', org_id: orgId }, 'The last org_admin never verified their address');
      });
    });
  }

  private async leaveAll(tx: Transaction, userId: string, withoutAdmin: WithoutAdmin): Promise<void> {
    for (const orgId of await this.members.organizationsOf(tx, userId)) {
      await this.database.inTenant(orgId, (inOrganization) => this.leave(inOrganization, userId, withoutAdmin));
    }
  }

  private async leave(tx: TenantTransaction, userId: string, withoutAdmin: WithoutAdmin): Promise<void> {
    await this.organizations.lock(tx);
    const member = await this.members.find(tx, userId);
    if (!member || member.status === 'removed') return;
    // Whoever is alone takes the organization with them.
    if (!(await this.members.hasOthers(tx, userId))) return this.deletion.close(tx);
    await this.members.remove(tx, userId);
    const held = await this.assignments.heldBy(tx, [userId]);
    if (isOrganizationAdmin(held) && !(await this.assignments.hasOrganizationAdminBeside(tx, userId))) await withoutAdmin(tx);
    await this.memberships.changed(tx, [userId]);
    await this.audit.inOrganization(tx, { action: 'member.left', resource: { type: 'user', id: userId } });
  }

  private async refuse(tx: TenantTransaction): Promise<never> {
    const organization = await this.organizations.find(tx);
    throw new DomainError('CONFLICT', `You are the last org_admin of "${organization?.name ?? tx.orgId}". Make somebody else one first.`);
  }
}
