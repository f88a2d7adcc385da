import type { InputOf, OutputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints, Identity as IdentityView } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { CodeRedemption } from '../federation/code-redemption.js';
import type { ProvenIdentity } from '../federation/proven-identity.js';
import { ProviderDirectory } from '../federation/provider-directory.js';
import type { OauthProvider } from '../federation/provider-settings.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { StepUp } from '../sessions/step-up.js';
import { detailsOf, IdentityLinks } from './identity-links.js';
import { toIdentityView } from './identity.mapper.js';
import { type Identity, IdentityRepository } from './identity.repository.js';
import { WaysIn } from './ways-in.js';

type Addition = InputOf<typeof authEndpoints.addIdentity>;

/** A person's own identities at other issuers. */
@Injectable()
export class IdentityService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly identities: IdentityRepository,
    private readonly links: IdentityLinks,
    private readonly redemption: CodeRedemption,
    private readonly directory: ProviderDirectory,
    private readonly waysIn: WaysIn,
    private readonly stepUp: StepUp,
    private readonly audit: AccountAudit,
  ) {}

  async list({ userId }: Principal): Promise<OutputOf<typeof authEndpoints.listIdentities>> {
    const identities = await this.database.withoutTenant((tx) => this.identities.list(tx, userId));
    return { data: identities.map(toIdentityView) };
  }

  /**
   * Only the session that began it may finish it: somebody who makes another person's browser come back with an identity
   * links it to nobody's account. Throws VALIDATION_ERROR for a code that is no good, CONFLICT.
   */
  async add(principal: Principal, body: Addition['body'], cookies: Addition['cookies']): Promise<IdentityView> {
    const grant = await this.redemption.redeem(body, cookies);
    if (grant?.kind !== 'link' || grant.sessionId !== principal.sessionId) throw invalidField('code', 'is not valid any more');
    const providerName = nameAmong(await this.directory.list(), grant.proven);
    const identity = await this.database.withoutTenant((tx) => this.link(tx, principal, grant.proven, providerName));
    return toIdentityView(identity);
  }

  /** Throws NOT_FOUND for another person's too, CONFLICT for the only way in. */
  async remove(principal: Principal, id: string): Promise<void> {
    const providers = await this.directory.list();
    await this.database.withoutTenant(async (tx) => {
      const account = await this.lock(tx, principal);
      const identity = await this.identities.findById(tx, id);
      if (identity?.account_id !== account.id) throw notFound('identity');
      await this.stepUp.require(tx, principal);
      await this.identities.remove(tx, id);
      await this.waysIn.requireOne(tx, account.id);
      await this.audit.record(tx, account, { action: 'identity.unlinked', details: detailsOf(identity) });
      await this.links.notifyRemoved(tx, account, nameAmong(providers, identity));
    });
  }

  private async link(tx: Transaction, principal: Principal, proven: ProvenIdentity, providerName: string): Promise<Identity> {
    const account = await this.lock(tx, principal);
    const session = await this.sessions.lock(tx, principal.sessionId);
    if (session?.account_id !== account.id) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    const identity = await this.links.insert(tx, account, proven, { by: 'account' });
    if (!identity) throw new DomainError('CONFLICT', 'This identity opens an account already.');
    await this.identities.forgetRemoval(tx, account.id, proven);
    await this.links.notify(tx, account, providerName, { passwordRemoved: false });
    return identity;
  }

  private async lock(tx: Transaction, { userId }: Principal): Promise<Account> {
    const account = await this.accounts.lockActive(tx, userId);
    if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone or disabled' });
    return account;
  }
}

const nameAmong = (providers: readonly OauthProvider[], { provider }: Pick<ProvenIdentity, 'provider'>): string =>
  providers.find(({ id }) => id === provider)?.name ?? provider;
