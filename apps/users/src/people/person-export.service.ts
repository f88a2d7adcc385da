import type { Principal } from '@atrium/contract-kit';
import type { PersonExport } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { invitationOf } from '../invitations/invitation.mapper.js';
import { InvitationRepository } from '../invitations/invitation.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { userOf } from './user.mapper.js';

type Memberships = PersonExport['memberships'];
type Invitations = PersonExport['invitations'];

/** Gathers what the service holds of a person, removed memberships included. */
@Injectable()
export class PersonExportService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly invitations: InvitationRepository,
    private readonly audit: AuditTrail,
  ) {}

  export({ userId, orgId }: Pick<Principal, 'userId' | 'orgId'>): Promise<PersonExport> {
    return this.database.asUser(userId, async (tx) => {
      const account = await this.accounts.findRegistered(tx, userId);
      const memberships = await this.membershipsOf(userId, await this.members.organizationsOf(tx, userId));
      const inviting = account ? await this.invitations.organizationsInviting(tx) : [];
      await this.audit.record(tx, { action: 'user.exported', resource: { type: 'user', id: userId } }, { orgId });
      return {
        exported_at: new Date().toISOString(),
        user_id: userId,
        account: account
          ? { email: account.email, email_verified: account.email_verified, last_login: account.last_login_at?.toISOString() ?? null }
          : null,
        memberships,
        invitations: account ? await this.invitationsTo(account.email, inviting) : [],
      };
    });
  }

  private async membershipsOf(userId: string, orgIds: readonly string[]): Promise<Memberships> {
    const memberships: Memberships = [];
    for (const orgId of orgIds) {
      await this.database.inTenant(orgId, async (tx) => {
        const [organization, member] = [await this.organizations.find(tx), await this.members.find(tx, userId)];
        if (!member) return;
        const person = userOf(member, await this.assignments.heldBy(tx, [userId]));
        memberships.push({ org_id: orgId, organization_name: organization?.name ?? '', person });
      });
    }
    return memberships;
  }

  private async invitationsTo(email: string, orgIds: readonly string[]): Promise<Invitations> {
    const invitations: Invitations = [];
    for (const orgId of orgIds) {
      const rows = await this.database.inTenant(orgId, (tx) => this.invitations.listTo(tx, email));
      invitations.push(...rows.map((row) => ({ org_id: orgId, invitation: invitationOf(row, new Date()) })));
    }
    return invitations;
  }
}
