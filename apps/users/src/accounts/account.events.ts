import type { DataOf } from '@atrium/contract-kit';
import { accountExpired, userEmailVerified, userLoggedIn, userRegistered } from '@atrium/contracts/domain-events';
import { currentContext, runInContext } from '@atrium/platform/context';
import { Database, newId } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable, Logger } from '@nestjs/common';
import { InvitationRedemption } from '../invitations/invitation-redemption.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { OrganizationFounding } from '../organizations/organization-founding.js';
import { LeavingService } from '../people/leaving.service.js';
import { type Account, AccountRepository } from './account.repository.js';

/** Hears of people from auth. The events may come in any order and more than once. */
@Injectable()
export class AccountEvents {
  private readonly logger = new Logger(AccountEvents.name);

  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly members: MemberRepository,
    private readonly founding: OrganizationFounding,
    private readonly redemption: InvitationRedemption,
    private readonly leaving: LeavingService,
  ) {}

  @OnDomainEvent(userRegistered)
  async registered(data: DataOf<typeof userRegistered>): Promise<void> {
    const registration = { userId: data.user_id, email: data.email.toLowerCase(), registeredAt: data.registered_at };
    const account = await this.database.asUser(data.user_id, async (tx) => {
      const isNew = await this.accounts.register(tx, registration);
      return isNew ? this.accounts.findRegistered(tx, data.user_id) : undefined;
    });
    if (!account) return;
    // The person has done this, as the audit log will say.
    const { requestId } = currentContext() ?? { requestId: newId() };
    await runInContext({ requestId, actor: { kind: 'user', id: account.user_id, session_id: null } }, async () => {
      if (data.invitation_id === null) await this.founding.found(account, data.organization_name ?? 'My organization');
      else await this.redeem(account, data.invitation_id, data.registered_at);
    });
  }

  @OnDomainEvent(userEmailVerified)
  async emailVerified({ user_id: userId, verified_at: at }: DataOf<typeof userEmailVerified>): Promise<void> {
    const orgIds = await this.database.asUser(userId, async (tx) => {
      await this.accounts.verifyEmail(tx, userId, at);
      return this.members.organizationsOf(tx, userId);
    });
    for (const orgId of orgIds) await this.database.inTenant(orgId, (tx) => this.members.verifyEmail(tx, userId));
  }

  @OnDomainEvent(userLoggedIn)
  async loggedIn({ user_id: userId, logged_in_at: at }: DataOf<typeof userLoggedIn>): Promise<void> {
    const orgIds = await this.database.asUser(userId, async (tx) => {
      await this.accounts.logIn(tx, userId, at);
      return this.members.organizationsOf(tx, userId);
    });
    for (const orgId of orgIds) await this.database.inTenant(orgId, (tx) => this.members.logIn(tx, userId, at));
  }

  @OnDomainEvent(accountExpired)
  async expired({ user_id: userId }: DataOf<typeof accountExpired>): Promise<void> {
    await this.leaving.forget(userId);
  }

  /** The token's look-up was auth's; a refusal leaves a person without an organization, who may found or join one. */
  private async redeem(account: Account, invitationId: string, registeredAt: string): Promise<void> {
    const outcome = await this.redemption.redeemById(invitationId, account, new Date(registeredAt));
    if (outcome.kind !== 'refused') return;
    this.logger.warn(
      { event: 'invitation_not_redeemed', invitation_id: invitationId, user_id: account.user_id, reason: outcome.reason },
      'A person registered with an invitation that is not valid',
    );
  }
}
