import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account, FindAccount } from 'oidc-provider';
import { AccountRepository } from '../accounts/account.repository.js';
import { SessionMemberships } from '../sessions/session-memberships.js';
import { organizationKey } from './clients/client-metadata.js';

/** People as client apps get to know them. */
@Injectable()
export class ProviderAccounts {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly memberships: SessionMemberships,
  ) {}

  /** With a token at hand also a member of the client's organization, or the token is no good any more. */
  readonly find: FindAccount = async (ctx, sub, token): Promise<Account | undefined> => {
    const account = await this.database.withoutTenant((tx) => this.accounts.findById(tx, sub));
    if (account?.status !== 'active') return undefined;
    const orgId = ctx.oidc.client?.[organizationKey];
    if (token && !(typeof orgId === 'string' && (await this.memberships.find(sub, orgId)))) return undefined;
    return {
      accountId: account.id,
      claims: async () => ({
        sub: account.id,
        email: account.email,
        email_verified: account.email_verified_at !== null,
        ...(typeof orgId === 'string' ? { org_id: orgId } : {}),
      }),
    };
  };
}
