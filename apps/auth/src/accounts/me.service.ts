import { isOperator, type OutputOf, type Principal } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MembershipRepository, type NamedMembership } from '../memberships/membership.repository.js';
import { claimsOf } from '../tokens/token-claims.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { AccountRepository } from './account.repository.js';

type Me = OutputOf<typeof authEndpoints.me>;

@Injectable()
export class MeService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly memberships: MembershipRepository,
    private readonly sessions: SessionRepository,
  ) {}

  /** The account, what its token permits, and the organizations to switch to. */
  me(principal: Principal): Promise<Me> {
    return this.database.asUser(principal.userId, async (tx) => {
      const account = await this.accounts.findById(tx, principal.userId);
      if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone' });
      const memberships = await this.organizationsShown(tx, principal);
      return {
        id: account.id,
        email: account.email,
        email_verified: account.email_verified_at !== null,
        created_at: account.created_at.toISOString(),
        org_id: principal.orgId,
        operator_until: await this.operatorUntil(tx, principal),
        roles: [...principal.roles],
        permissions: [...principal.permissions],
        site_ids: [...principal.siteIds],
        organizations: memberships.map((membership) => ({
          id: membership.orgId,
          name: membership.organizationName ?? '',
          roles: claimsOf(membership).roles,
        })),
      };
    });
  }

  private async operatorUntil(tx: Transaction, principal: Principal): Promise<string | null> {
    if (!isOperator(principal)) return null;
    const session = await this.sessions.find(tx, principal.sessionId);
    return session?.operator_until?.toISOString() ?? null;
  }

  /** A key is of one organization, and is told of no other. */
  private async organizationsShown(tx: Transaction, { kind, userId, orgId }: Principal): Promise<NamedMembership[]> {
    const memberships = await this.memberships.listOfPerson(tx, userId);
    return kind === 'api_key' ? memberships.filter((membership) => membership.orgId === orgId) : memberships;
  }
}
