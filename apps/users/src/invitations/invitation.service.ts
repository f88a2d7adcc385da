import { type MemberPrincipal, type Principal, sitesWhere } from '@atrium/contract-kit';
import { invitationMailRequested } from '@atrium/contracts/domain-events';
import type { Invitation, ProfileInput } from '@atrium/contracts/users';
import { AccessDeniedError, requirePermission } from '@atrium/platform/auth-guard';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { GrantService } from '../memberships/grant.service.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { invitationOf } from './invitation.mapper.js';
import { InvitationPublisher } from './invitation.publisher.js';
import { InvitationRedemption } from './invitation-redemption.js';
import { InvitationRepository, type InvitationRow } from './invitation.repository.js';
import { hashOfInvitationToken, newInvitationToken } from './invitation-token.js';

const lifetimeDays = 7;
const listLimit = 200;
/** Pending invitations of one organization: bounds what a stolen account can mail. */
const maxPending = 10_000;

export interface InvitationRequest {
  readonly email: string;
  readonly roleId: number;
  readonly siteId: string | null;
  readonly profile: ProfileInput;
}

@Injectable()
export class InvitationService {
  constructor(
    private readonly database: Database,
    private readonly invitations: InvitationRepository,
    private readonly publisher: InvitationPublisher,
    private readonly redemption: InvitationRedemption,
    private readonly grants: GrantService,
    private readonly members: MemberRepository,
    private readonly organizations: OrganizationRepository,
    private readonly accounts: AccountRepository,
    private readonly outbox: Outbox,
  ) {}

  list(principal: MemberPrincipal): Promise<{ data: Invitation[] }> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const rows = await this.invitations.list(tx, sitesWhere(principal, 'users.create'), listLimit);
      return { data: rows.map((row) => invitationOf(row, new Date())) };
    });
  }

  /** An earlier pending invitation for the same e-mail, role and site is replaced: its token dies. */
  invite(principal: MemberPrincipal, request: InvitationRequest): Promise<Invitation> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      await this.grants.requireMayGrant(tx, principal, 'users.create', request);
      if (await this.members.holdsRoleByEmail(tx, request.email)) {
        throw new DomainError('CONFLICT', 'This person is a member already.');
      }
      for (const replaced of await this.invitations.revokeSame(tx, request.email, request.roleId, request.siteId)) {
        await this.publisher.changed(tx, replaced);
      }
      if ((await this.invitations.countPending(tx)) >= maxPending) {
        throw new DomainError('CONFLICT', `At most ${maxPending} invitations can be pending.`);
      }
      return invitationOf(await this.send(tx, principal, request), new Date());
    });
  }

  revoke(principal: MemberPrincipal, id: string): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const invitation = await this.invitations.findForUpdate(tx, id);
      if (!invitation) throw notFound('invitation');
      const sites = sitesWhere(principal, 'users.create');
      if (sites !== 'all' && (invitation.site_id === null || !sites.includes(invitation.site_id))) {
        const reason = 'invitation outside of the sites where users.create is held';
        throw new AccessDeniedError('NOT_FOUND', { reason, permission: 'users.create', publicMessage: 'There is no such invitation.' });
      }
      requirePermission(principal, 'users.create', invitation.site_id ?? undefined);
      const revoked = await this.invitations.revoke(tx, id);
      if (!revoked) throw new DomainError('CONFLICT', `The invitation is ${invitation.status} already.`);
      await this.publisher.changed(tx, revoked);
    });
  }

  accept({ userId }: Principal, token: string): Promise<{ org_id: string }> {
    return this.database.asUser(userId, async (tx) => {
      const account = await this.accounts.findRegistered(tx, userId);
      const outcome = account
        ? await this.redemption.redeemByToken(token, account, new Date())
        : ({ kind: 'refused', reason: 'the account is not known yet' } as const);
      if (outcome.kind === 'joined') return { org_id: outcome.orgId };
      if (outcome.kind === 'already-held') throw new DomainError('CONFLICT', 'You hold this role already.');
      // One answer whatever is wrong, so that tokens can't be tested for whose they are.
      const fields = [{ field: 'token', message: 'is not a valid invitation of yours' }];
      throw new DomainError('VALIDATION_ERROR', undefined, { detail: `invitation: ${outcome.reason}`, fields });
    });
  }

  private async send(tx: TenantTransaction, principal: MemberPrincipal, request: InvitationRequest): Promise<InvitationRow> {
    const token = newInvitationToken();
    const tokenHash = hashOfInvitationToken(token);
    const invitation = await this.invitations.add(tx, { ...request, id: newId(), tokenHash, invitedBy: principal.userId, lifetimeDays });
    const organization = await this.organizations.find(tx);
    await this.publisher.changed(tx, invitation);
    const mail = {
      invitation_id: invitation.id,
      email: invitation.email,
      organization_name: organization?.name ?? '',
      role_name: invitation.role_name,
      token,
      expires_at: invitation.expires_at.toISOString(),
    };
    await this.outbox.publish(tx, invitationMailRequested, mail, { orgId: tx.orgId });
    return invitation;
  }
}
