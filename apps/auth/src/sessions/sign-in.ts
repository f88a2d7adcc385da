import type { SignedIn, SignInAnswer } from '@atrium/contracts/auth';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { MfaChallenge } from '../second-factors/mfa-challenge.js';
import { isSecondFactor } from './second-factor-methods.js';
import { type Opening, SessionOpener } from './session-opener.js';

/** What follows the first proof of who somebody is, whichever it was. */
@Injectable()
export class SignIn {
  constructor(
    private readonly opener: SessionOpener,
    private readonly challenge: MfaChallenge,
  ) {}

  /** Opens a session, or asks for the second factor where the account has one and the proof at hand is none. */
  async continue(account: Account, opening: Opening): Promise<SignInAnswer> {
    const question = opening.methods.some(isSecondFactor) ? undefined : await this.challenge.issue(account, opening);
    return question ?? this.finish(account, opening);
  }

  /** Opens a session after a proof of both factors: a passkey, or a code that followed something else. */
  finish(account: Account, opening: Opening): Promise<SignedIn> {
    return this.opener.open(account, opening);
  }
}
