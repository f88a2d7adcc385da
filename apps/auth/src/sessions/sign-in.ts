import type { SignedIn, SignInAnswer } from '@atrium/contracts/auth';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { MfaChallenge } from '../second-factors/mfa-challenge.js';
import { isSecondFactor } from './second-factor-methods.js';
import { type Opening, SessionOpener } from './session-opener.js';
import { UsualOpener } from './usual-opener.js';

/**
 * What follows the first proof of who somebody is, whichever it was. Throws ACCOUNT_DISABLED and EMAIL_NOT_VERIFIED: only
 * who has proven something learns of either.
 */
@Injectable()
export class SignIn {
  constructor(
    private readonly usual: UsualOpener,
    private readonly opener: SessionOpener,
    private readonly challenge: MfaChallenge,
    private readonly audit: AccountAudit,
  ) {}

  /** Opens a session, or asks for the second factor where the account has one and the proof at hand is none. */
  async continue(account: Account, opening: Opening): Promise<SignInAnswer> {
    this.requireOpen(account);
    const usual = await this.usual.open(account, opening);
    if (usual) return usual;
    const question = opening.methods.some(isSecondFactor) ? undefined : await this.challenge.issue(account, opening);
    return question ?? this.opener.open(account, opening);
  }

  /** Opens a session after a proof of both factors: a passkey, or a code that followed something else. */
  async finish(account: Account, opening: Opening): Promise<SignedIn> {
    this.requireOpen(account);
    return (await this.usual.open(account, opening)) ?? this.opener.open(account, opening);
  }

  private requireOpen(account: Account): void {
    const refusal = account.status === 'disabled' ? 'account disabled' : account.email_verified_at ? undefined : 'e-mail not verified';
    if (refusal === undefined) return;
    this.audit.failed(account, 'user.sign_in_failed', refusal);
    throw new DomainError(account.status === 'disabled' ? 'ACCOUNT_DISABLED' : 'EMAIL_NOT_VERIFIED');
  }
}
