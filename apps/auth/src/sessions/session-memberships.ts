import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { chooseMembership } from '../memberships/choose-membership.js';
import type { Membership } from '../memberships/membership.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import type { Session } from './session.repository.js';

/** Memberships as they are now, for the tokens of a session. Joins the transaction at hand. */
@Injectable()
export class SessionMemberships {
  constructor(
    private readonly database: Database,
    private readonly memberships: MembershipRepository,
  ) {}

  /** Of the session's organization; when the person left it, or had none yet, of the one that signing in would choose. */
  async current(session: Session, account: Account): Promise<Membership | undefined> {
    const memberships = await this.list(account.id);
    const ofSession = memberships.find(({ orgId }) => orgId === session.org_id);
    return ofSession ?? chooseMembership(memberships, { last: account.last_org_id });
  }

  async find(accountId: string, orgId: string): Promise<Membership | undefined> {
    return (await this.list(accountId)).find((membership) => membership.orgId === orgId);
  }

  private list(accountId: string) {
    return this.database.asUser(accountId, (tx) => this.memberships.listOfPerson(tx, accountId));
  }
}
