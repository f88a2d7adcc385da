import { identityLinked, identityUnlinked } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import type { ProvenIdentity } from '../federation/proven-identity.js';
import { type Identity, IdentityRepository } from './identity.repository.js';

/** What the audit log says of an identity: no address, and not who the person is there. */
export const detailsOf = ({ id, provider, issuer }: Identity) => ({ identity_id: id, provider, issuer });

/** How a link came about, for the audit log. */
export interface LinkCause {
  readonly by: 'registration' | 'verified_email' | 'account';
  readonly password_removed?: boolean;
}

/** What goes with a new link, however it comes about. */
@Injectable()
export class IdentityLinks {
  constructor(
    private readonly identities: IdentityRepository,
    private readonly audit: AccountAudit,
    private readonly outbox: Outbox,
  ) {}

  /** @returns undefined when the identity opens an account already */
  async insert(tx: Transaction, account: Pick<Account, 'id' | 'last_org_id'>, proven: ProvenIdentity, cause: LinkCause): Promise<Identity | undefined> {
    const identity = await this.identities.insert(tx, account.id, proven);
    if (!identity) return undefined;
    // At a sign-in nobody has a session yet; who the person is was proven just now.
    const actor = cause.by === 'account' ? {} : { actor: actorOf(account.id) };
    await this.audit.record(tx, account, { action: 'identity.linked', ...actor, details: { ...detailsOf(identity), ...cause } });
    return identity;
  }

  /** By mail, so that a way in that somebody else made doesn't stay unnoticed. */
  async notify(
    tx: Transaction,
    account: Pick<Account, 'id' | 'email'>,
    providerName: string,
    { passwordRemoved }: { readonly passwordRemoved: boolean },
  ): Promise<void> {
    await this.outbox.publish(
      tx,
      identityLinked,
      {
        user_id: account.id,
        email: account.email,
        provider_name: providerName,
        linked_at: new Date().toISOString(),
        password_removed: passwordRemoved,
      },
      { orgId: null },
    );
  }

  /** As {@link notify}, of one that was taken off. */
  async notifyRemoved(tx: Transaction, { id, email }: Pick<Account, 'id' | 'email'>, providerName: string): Promise<void> {
    const data = { user_id: id, email, provider_name: providerName, unlinked_at: new Date().toISOString() };
    await this.outbox.publish(tx, identityUnlinked, data, { orgId: null });
  }
}
