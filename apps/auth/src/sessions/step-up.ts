import type { ErrorDetail, Principal } from '@atrium/contract-kit';
import type { Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { PasskeyRepository } from '../passkeys/passkey.repository.js';
import { TotpFactorRepository } from '../second-factors/totp-factor.repository.js';
import { isSecondFactor } from './second-factor-methods.js';
import { type AuthenticationMethod, SessionRepository } from './session.repository.js';

const freshSeconds = 600;

/** What would do: fields of `POST /api/v1/auth/reauthenticate`, or a ceremony of its own. */
const byCode: ErrorDetail = { field: 'code', message: 'a code of the authenticator app, or a recovery code' };
const byPassword: ErrorDetail = { field: 'password', message: 'the password' };
const byPasskey: ErrorDetail = { field: 'passkey', message: 'a passkey, at /api/v1/auth/passkeys/reauthenticate' };

/** For who has nothing else: this session can't be proven anew, another one can be opened. */
const bySignIn: ErrorDetail = { field: 'identity', message: 'a new sign-in with the linked identity, at /api/v1/auth/oauth/{provider}/start' };

/** What changes how an account is entered asks for a recent proof, so that a stolen access token isn't enough. */
@Injectable()
export class StepUp {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly factors: TotpFactorRepository,
    private readonly passkeys: PasskeyRepository,
  ) {}

  /**
   * Throws REAUTHENTICATION_REQUIRED, naming what would do, unless the person proved within ten minutes, in this
   * session, who they are: by a second factor where the account has one.
   */
  async require(tx: Transaction, principal: Principal): Promise<void> {
    await this.requireSufficient(tx, principal, await this.sessions.freshMethods(tx, principal.sessionId, freshSeconds));
  }

  /** As {@link require}, by a second factor or a passkey, whatever the account has: for what a password alone must never do. */
  async requireSecondFactor(tx: Transaction, { userId, sessionId }: Principal): Promise<void> {
    if ((await this.sessions.freshMethods(tx, sessionId, freshSeconds)).some(isSecondFactor)) return;
    const hasFactor = (await this.factors.confirmedAt(tx, userId)) !== null;
    const hasPasskey = (await this.passkeys.count(tx, userId)) > 0;
    const here = [...(hasFactor ? [byCode] : []), ...(hasPasskey ? [byPasskey] : [])];
    throw new DomainError('REAUTHENTICATION_REQUIRED', undefined, { fields: here.length > 0 ? here : [byCode, byPasskey] });
  }

  /** Throws the same unless a proof by these methods would do. */
  async requireSufficient(tx: Transaction, { userId }: Principal, methods: readonly AuthenticationMethod[]): Promise<void> {
    const hasFactor = (await this.factors.confirmedAt(tx, userId)) !== null;
    if (hasFactor ? methods.some(isSecondFactor) : methods.length > 0) return;
    const hasPasskey = (await this.passkeys.count(tx, userId)) > 0;
    const password = (await this.accounts.findById(tx, userId))?.password_hash ?? null;
    const here = [...(hasFactor ? [byCode] : password !== null ? [byPassword] : []), ...(hasPasskey ? [byPasskey] : [])];
    const fields = here.length > 0 ? here : [bySignIn];
    throw new DomainError('REAUTHENTICATION_REQUIRED', undefined, { fields });
  }
}
