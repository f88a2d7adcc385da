import type { Client, OutputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { Database, newId, type Transaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { OwnSession } from '../sessions/own-session.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { StepUp } from '../sessions/step-up.js';
import { CodeThrottle } from './code-throttle.js';
import { FactorJournal } from './factor-journal.js';
import { MfaTokenRepository } from './mfa-token.repository.js';
import { RecoveryCodes } from './recovery-codes.js';
import { newTotpSecret, otpauthUrl, stepOf, totpSecretText } from './totp.js';
import { TotpFactorRepository } from './totp-factor.repository.js';
import { TotpSecrets } from './totp-secrets.js';
import { typedCode } from './typed-code.js';

/** Enrols and removes the authenticator app of an account. */
@Injectable()
export class TotpService {
  constructor(
    private readonly database: Database,
    private readonly own: OwnSession,
    private readonly sessions: SessionRepository,
    private readonly stepUp: StepUp,
    private readonly factors: TotpFactorRepository,
    private readonly secrets: TotpSecrets,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly mfaTokens: MfaTokenRepository,
    private readonly throttle: CodeThrottle,
    private readonly journal: FactorJournal,
  ) {}

  /** Throws CONFLICT when the account has an authenticator app already. */
  async enroll(principal: Principal): Promise<OutputOf<typeof authEndpoints.enrollTotp>> {
    const secret = newTotpSecret();
    const factor = { id: newId(), accountId: principal.userId, secret: await this.secrets.seal(principal.userId, secret) };
    const { email } = await this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const account = await this.own.lock(tx, principal);
      if (!(await this.factors.enroll(tx, factor))) throw new DomainError('CONFLICT', 'An authenticator app is in use already.');
      return account;
    });
    return { secret: totpSecretText(secret), otpauth_url: otpauthUrl(secret, email) };
  }

  /** Throws CONFLICT when nothing waits for confirmation, INVALID_CREDENTIALS for a wrong code. */
  async confirm(principal: Principal, given: string, client: Client): Promise<OutputOf<typeof authEndpoints.confirmTotp>> {
    const code = typedCode(given);
    const factor = await this.database.withoutTenant((tx) => this.factors.findPending(tx, principal.userId));
    if (!factor) throw nothingToConfirm();
    await this.throttle.consume(principal.userId, code, client.address);
    const step = stepOf(await this.secrets.unseal(factor), code);
    if (step === undefined) return this.journal.refuse(principal.userId, { during: 'enrolment', isLast: false }, principal);
    const codes = await this.database.withoutTenant((tx) => this.finish(tx, principal, factor.id, step));
    await this.throttle.forgive(principal.userId);
    return { recovery_codes: codes };
  }

  /** Throws NOT_FOUND for an account without. */
  async remove(principal: Principal): Promise<void> {
    await this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const account = await this.own.lock(tx, principal);
      if (!(await this.factors.remove(tx, account.id))) throw notFound('second factor');
      await this.recoveryCodes.discard(tx, account.id);
      await this.mfaTokens.discard(tx, account.id);
      await this.journal.changed(tx, account, 'totp_removed', principal);
    });
  }

  private async finish(tx: Transaction, principal: Principal, factorId: string, step: number): Promise<string[]> {
    const account = await this.own.lock(tx, principal);
    if (!(await this.factors.confirm(tx, factorId, step))) throw nothingToConfirm();
    const codes = await this.recoveryCodes.replace(tx, account.id);
    // Not proven anew: the secret was given to this very session.
    await this.sessions.addMethod(tx, principal.sessionId, 'otp');
    await this.journal.changed(tx, account, 'totp_added', principal);
    return codes;
  }
}

const nothingToConfirm = (): DomainError => new DomainError('CONFLICT', 'No authenticator app waits for confirmation: enrol one first.');
