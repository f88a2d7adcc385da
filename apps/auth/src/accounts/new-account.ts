import { userRegistered } from '@atrium/contracts/domain-events';
import { newId, type Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import { type Account, AccountRepository } from './account.repository.js';
import { defaultOrganizationName } from './organization-name.js';

export interface NewAccountSettings {
  readonly email: string;
  /** Null for who signs in with another issuer. */
  readonly passwordHash: string | null;
  /** Of the organization that is founded for them; named after the address where unset. */
  readonly organizationName?: string | undefined;
  /** They join the inviting organization instead. */
  readonly invitationId?: string | undefined;
}

/** Makes an account and tells users of the person, whose organization it founds. */
@Injectable()
export class NewAccount {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly outbox: Outbox,
    private readonly audit: AccountAudit,
  ) {}

  /** @returns undefined when the address has an account already */
  async insert(tx: Transaction, { email, passwordHash, organizationName, invitationId }: NewAccountSettings): Promise<Account | undefined> {
    const account = await this.accounts.insert(tx, { id: newId(), email, password_hash: passwordHash });
    if (!account) return undefined;
    await this.outbox.publish(
      tx,
      userRegistered,
      {
        user_id: account.id,
        email: account.email,
        organization_name: invitationId === undefined ? (organizationName ?? defaultOrganizationName(account.email)) : null,
        invitation_id: invitationId ?? null,
        registered_at: account.created_at.toISOString(),
      },
      { orgId: null },
    );
    await this.audit.recordIn(tx, null, account.id, { action: 'user.registered', actor: actorOf(account.id) });
    return account;
  }
}
