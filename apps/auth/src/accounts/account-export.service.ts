import type { Principal } from '@atrium/contract-kit';
import type { AccountExport } from '@atrium/contracts/auth';
import { Database, rowsOf, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { toIdentityView } from '../identities/identity.mapper.js';
import { IdentityRepository } from '../identities/identity.repository.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { claimsOf } from '../tokens/token-claims.js';

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_org_id: string | null;
}

interface SessionRow {
  readonly id: string;
  readonly org_id: string | null;
  readonly user_agent: string | null;
  readonly address: string | null;
  readonly methods: string[];
  readonly created_at: Date;
  readonly authenticated_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly end_reason: string | null;
}

const accountSql = `select id, email, email_verified_at, created_at, updated_at, last_org_id from auth.accounts where id = $1`;
const sessionsSql = `
  select id, org_id, user_agent, host(address) as address, methods, created_at, authenticated_at, last_used_at, expires_at,
    ended_at, end_reason
  from auth.sessions where account_id = $1 order by created_at, id`;

/** Gathers what auth holds of a person, but for what would let somebody in. */
@Injectable()
export class AccountExportService {
  constructor(
    private readonly database: Database,
    private readonly memberships: MembershipRepository,
    private readonly identities: IdentityRepository,
  ) {}

  export({ userId }: Principal): Promise<AccountExport> {
    return this.database.asUser(userId, async (tx) => {
      const [account] = await rowsOf<AccountRow>(tx, accountSql, [userId]);
      if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone' });
      return {
        account: { ...account, ...timesOf(account), email_verified_at: account.email_verified_at?.toISOString() ?? null },
        sessions: await this.sessionsOf(tx, userId),
        identities: (await this.identities.list(tx, userId)).map((one) => ({ ...toIdentityView(one), subject: one.subject })),
        memberships: await this.membershipsOf(tx, userId),
      };
    });
  }

  private async sessionsOf(tx: Transaction, userId: string): Promise<AccountExport['sessions']> {
    return (await rowsOf<SessionRow>(tx, sessionsSql, [userId])).map((session) => ({
      ...session,
      created_at: session.created_at.toISOString(),
      authenticated_at: session.authenticated_at.toISOString(),
      last_used_at: session.last_used_at.toISOString(),
      expires_at: session.expires_at.toISOString(),
      ended_at: session.ended_at?.toISOString() ?? null,
    }));
  }

  private async membershipsOf(tx: Transaction, userId: string): Promise<AccountExport['memberships']> {
    return (await this.memberships.listOfPerson(tx, userId)).map((membership) => ({
      org_id: membership.orgId,
      organization_name: membership.organizationName ?? '',
      roles: claimsOf(membership).roles,
    }));
  }
}

const timesOf = ({ created_at, updated_at }: AccountRow) => ({
  created_at: created_at.toISOString(),
  updated_at: updated_at.toISOString(),
});
