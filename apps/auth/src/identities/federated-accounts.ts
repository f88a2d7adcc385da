import { Database, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { EmailTokenRepository } from '../accounts/email-token.repository.js';
import { EmailVerificationService } from '../accounts/email-verification.service.js';
import { NewAccount } from '../accounts/new-account.js';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import type { ProvenIdentity } from '../federation/proven-identity.js';
import type { OauthProvider } from '../federation/provider-settings.js';
import { SignInRefused } from '../federation/sign-in-refused.js';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { detailsOf, IdentityLinks } from './identity-links.js';
import { type Identity, IdentityRepository } from './identity.repository.js';

/** Whose account an identity opens. */
@Injectable()
export class FederatedAccounts {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly identities: IdentityRepository,
    private readonly links: IdentityLinks,
    private readonly newAccount: NewAccount,
    private readonly verification: EmailVerificationService,
    private readonly tokens: EmailTokenRepository,
    private readonly sessions: SessionRepository,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AccountAudit,
  ) {}

  /**
   * A known identity opens its account, whatever address it has now. An unknown one is linked to the account of its
   * verified address, or gets a new account. Throws {@link SignInRefused}.
   *
   * @returns the id of the identity
   */
  async enter(provider: OauthProvider, proven: ProvenIdentity): Promise<string> {
    const ended: string[] = [];
    const identity = await this.database.withoutTenant(async (tx) => {
      const known = await this.identities.findBySubject(tx, proven);
      if (known) return this.use(tx, known, proven);
      const email = verifiedEmail(proven);
      return (await this.register(tx, proven, email)) ?? (await this.adopt(tx, provider, proven, email, ended));
    });
    await this.revocations.revokeSessions(ended);
    return identity.id;
  }

  /** The account of an identity that is still linked. */
  async find(tx: Transaction, identityId: string): Promise<Account | undefined> {
    const identity = await this.identities.findById(tx, identityId);
    return identity && this.accounts.findById(tx, identity.account_id);
  }

  private async use(tx: Transaction, identity: Identity, proven: ProvenIdentity): Promise<Identity> {
    const account = await this.lock(tx, identity.account_id);
    await this.identities.markUsed(tx, identity.id, proven);
    await this.audit.record(tx, account, { action: 'identity.used', actor: actorOf(account.id), details: detailsOf(identity) });
    return identity;
  }

  /** An account without a password. @returns undefined when the address has one already */
  private async register(tx: Transaction, proven: ProvenIdentity, email: string): Promise<Identity | undefined> {
    const account = await this.newAccount.insert(tx, { email, passwordHash: null });
    if (!account) return undefined;
    await this.verification.markVerified(tx, account.id);
    return this.linked(await this.links.insert(tx, account, proven, { by: 'registration' }), account);
  }

  /** Under the lock, since the same person may come twice at once. */
  private async adopt(tx: Transaction, provider: OauthProvider, proven: ProvenIdentity, email: string, ended: string[]): Promise<Identity> {
    const found = await this.accounts.findByEmail(tx, email);
    if (!found) throw new SignInRefused('invalid_flow', 'the account of the address is gone');
    const account = await this.lock(tx, found.id);
    const identities = await this.identities.list(tx, account.id);
    const known = identities.find(({ issuer, subject }) => issuer === proven.issuer && subject === proven.subject);
    if (known) return this.use(tx, known, proven);
    await this.refuseByAddress(tx, account, identities, proven);
    const isClaim = account.email_verified_at === null;
    if (isClaim) ended.push(...(await this.claim(tx, account)));
    const identity = await this.links.insert(tx, account, proven, { by: 'verified_email', password_removed: isClaim });
    await this.links.notify(tx, account, provider.name, { passwordRemoved: isClaim && account.password_hash !== null });
    return this.linked(identity, account);
  }

  /** Where the address must not decide. */
  private async refuseByAddress(tx: Transaction, account: Account, identities: readonly Identity[], proven: ProvenIdentity): Promise<void> {
    if (await this.identities.wasRemoved(tx, account.id, proven)) {
      throw new SignInRefused('identity_removed', 'the person took this identity off their account', account);
    }
    // The issuer gave the address to somebody else since: they shall not inherit the account by it.
    if (identities.some(({ issuer }) => issuer === proven.issuer)) {
      throw new SignInRefused('already_linked', 'the account is linked to another subject of this issuer', account);
    }
  }

  /**
   * Whoever registered the address never proved it; its owner has now. The password of the one who came before, and
   * whatever it could have opened, is gone, as with a reset.
   */
  private async claim(tx: Transaction, account: Account): Promise<string[]> {
    await this.accounts.removePassword(tx, account.id);
    await this.tokens.discard(tx, account.id, ['verify_email', 'reset_password']);
    await this.verification.markVerified(tx, account.id);
    return this.sessions.endAll(tx, account.id, 'password_reset');
  }

  private async lock(tx: Transaction, accountId: string): Promise<Account> {
    const account = await this.accounts.lockActive(tx, accountId);
    if (account) return account;
    throw new SignInRefused('account_disabled', 'the account is disabled', await this.accounts.findById(tx, accountId));
  }

  private linked(identity: Identity | undefined, account: Account): Identity {
    if (!identity) throw new SignInRefused('already_linked', 'the identity was linked elsewhere meanwhile', account);
    return identity;
  }
}

/** Throws unless the issuer itself says that the address is the person's: an unverified one would open anybody's account. */
function verifiedEmail({ email, emailVerified }: ProvenIdentity): string {
  if (email === null) throw new SignInRefused('email_not_verified', 'the issuer says no address');
  if (!emailVerified) throw new SignInRefused('email_not_verified', 'the issuer has not verified the address');
  return email;
}
