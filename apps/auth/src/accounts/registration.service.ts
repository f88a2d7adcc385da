import type { InputOf } from '@atrium/contract-kit';
import type { authEndpoints, RegisteredAccount } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { type Invitation, InvitationRepository } from '../memberships/invitation.repository.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { requireAcceptablePassword } from '../passwords/password-policy.js';
import { pollUntil } from '../poll-until.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { toRegisteredAccount } from './account.mapper.js';
import { AccountRepository } from './account.repository.js';
import { NewAccount } from './new-account.js';
import { TokenMail } from './token-mail.js';

type Registration = InputOf<typeof authEndpoints.register>['body'];

/** An invitation comes from another service by an event that may be slower than its mail. */
const invitationWaitMs = 2_000;

@Injectable()
export class RegistrationService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly invitations: InvitationRepository,
    private readonly hasher: PasswordHasher,
    private readonly newAccount: NewAccount,
    private readonly mail: TokenMail,
  ) {}

  /** Throws EMAIL_TAKEN, VALIDATION_ERROR for a weak password or an invitation that doesn't hold. */
  async register(registration: Registration): Promise<RegisteredAccount> {
    const { email, organization_name: name } = registration;
    requireAcceptablePassword(registration.password, { email, organizationNames: name === undefined ? [] : [name] });
    const invitation = await this.invitationFor(registration);
    await this.refuseTaken(registration.email);
    const passwordHash = await this.hasher.hash(registration.password);
    return this.database.withoutTenant(async (tx) => {
      const invitationId = invitation?.invitation_id;
      const account = await this.newAccount.insert(tx, { email, passwordHash, organizationName: name, invitationId });
      if (!account) throw new DomainError('EMAIL_TAKEN');
      await this.mail.request(tx, account, 'verify_email');
      return toRegisteredAccount(account);
    });
  }

  /** Before the costly hash; the unique constraint decides. */
  private async refuseTaken(email: string): Promise<void> {
    const taken = await this.database.withoutTenant((tx) => this.accounts.findByEmail(tx, email));
    if (taken) throw new DomainError('EMAIL_TAKEN');
  }

  private async invitationFor({ invitation_token: token, email }: Registration): Promise<Invitation | undefined> {
    if (token === undefined) return undefined;
    const hash = hashOfToken(token);
    const find = () => this.database.withoutTenant((tx) => this.invitations.findByTokenHash(tx, hash));
    const invitation = await pollUntil(find, invitationWaitMs);
    const holds =
      invitation?.status === 'pending' && invitation.expires_at.getTime() > Date.now() && invitation.email === email;
    if (!holds) throw invalidField('invitation_token', 'is not valid for this e-mail address');
    return invitation;
  }
}
