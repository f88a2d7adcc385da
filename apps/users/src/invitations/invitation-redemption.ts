import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { InvitationPublisher } from './invitation.publisher.js';
import { type InvitationAddress, InvitationRepository, type InvitationRow } from './invitation.repository.js';
import { hashOfInvitationToken } from './invitation-token.js';

/** `reason` is for the log: to the caller all refusals look the same. */
export type Redemption =
  | { readonly kind: 'joined'; readonly orgId: string }
  | { readonly kind: 'already-held' }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): Redemption => ({ kind: 'refused', reason });

/** Turns a pending invitation into the role that it promises, once. */
@Injectable()
export class InvitationRedemption {
  constructor(
    private readonly database: Database,
    private readonly invitations: InvitationRepository,
    private readonly publisher: InvitationPublisher,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly audit: AuditTrail,
  ) {}

  /** `at` is when the person used it, which may be before this is heard of. */
  async redeemById(id: string, account: Account, at: Date): Promise<Redemption> {
    return this.redeem(await this.database.withoutTenant((tx) => this.invitations.locateById(tx, id)), account, at);
  }

  async redeemByToken(token: string, account: Account, at: Date): Promise<Redemption> {
    const hash = hashOfInvitationToken(token);
    return this.redeem(await this.database.withoutTenant((tx) => this.invitations.locateByTokenHash(tx, hash)), account, at);
  }

  private async redeem(address: InvitationAddress | undefined, account: Account, at: Date): Promise<Redemption> {
    if (!address) return refused('unknown');
    return this.database.inTenant(address.org_id, async (tx) => {
      await this.organizations.lock(tx);
      const invitation = await this.invitations.findForUpdate(tx, address.id);
      const problem = problemOf(invitation, account, at);
      if (!invitation || problem) return refused(problem ?? 'unknown');
      return this.join(tx, invitation, account);
    });
  }

  private async join(tx: TenantTransaction, invitation: InvitationRow, account: Account): Promise<Redemption> {
    if (!(await this.organizations.find(tx))) return refused('the organization is deleted');
    const known = await this.members.find(tx, account.user_id);
    if (known?.status === 'disabled') return refused('disabled in the organization');
    if (known?.status === 'removed') await this.startAnew(tx, account.user_id);
    await this.members.add(tx, account, invitation.profile);
    const assignment = { userId: account.user_id, roleId: invitation.role_id, siteId: invitation.site_id };
    if (!(await this.assignments.add(tx, assignment, invitation.invited_by))) return { kind: 'already-held' };
    const accepted = await this.invitations.accept(tx, invitation.id, account.user_id);
    if (!accepted) throw new Error('A locked pending invitation could not be accepted.');
    await this.publisher.changed(tx, accepted);
    await this.memberships.changed(tx, [account.user_id]);
    await this.audit.inOrganization(tx, {
      action: known?.status === 'active' ? 'role.assigned' : 'member.joined',
      resource: { type: 'user', id: account.user_id },
      site_id: invitation.site_id,
      after: { role_id: invitation.role_id, role_name: invitation.role_name },
      details: { invitation_id: invitation.id },
    });
    return { kind: 'joined', orgId: tx.orgId };
  }

  /** Whoever was removed comes back with what the invitation promises, and nothing of before. */
  private async startAnew(tx: TenantTransaction, userId: string): Promise<void> {
    await this.assignments.removeAllOf(tx, userId);
    await this.members.readmit(tx, userId);
  }
}

function problemOf(invitation: InvitationRow | undefined, account: Account, at: Date): string | undefined {
  if (!invitation) return 'unknown';
  if (invitation.status !== 'pending') return invitation.status;
  if (invitation.expires_at <= at) return 'expired';
  return invitation.email === account.email ? undefined : 'for another e-mail address';
}
