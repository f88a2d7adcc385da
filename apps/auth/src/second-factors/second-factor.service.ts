import type { OutputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints, SecondFactors } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { PasskeyRepository } from '../passkeys/passkey.repository.js';
import { OwnSession } from '../sessions/own-session.js';
import { StepUp } from '../sessions/step-up.js';
import { FactorJournal } from './factor-journal.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';
import { RecoveryCodes } from './recovery-codes.js';
import { TotpFactorRepository } from './totp-factor.repository.js';

/** What second factors an account has, and its recovery codes. */
@Injectable()
export class SecondFactorService {
  constructor(
    private readonly database: Database,
    private readonly own: OwnSession,
    private readonly stepUp: StepUp,
    private readonly factors: TotpFactorRepository,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly codes: RecoveryCodeRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly journal: FactorJournal,
  ) {}

  status({ userId }: Principal): Promise<SecondFactors> {
    return this.database.withoutTenant((tx) => this.statusOf(tx, userId));
  }

  async statusOf(tx: Transaction, userId: string): Promise<SecondFactors> {
    const confirmedAt = await this.factors.confirmedAt(tx, userId);
    return {
      totp: confirmedAt && { enabled_at: confirmedAt.toISOString() },
      recovery_codes_left: await this.codes.countLeft(tx, userId),
      passkeys: await this.passkeys.count(tx, userId),
    };
  }

  /** Throws NOT_FOUND for an account without a second factor. */
  async replaceRecoveryCodes(principal: Principal): Promise<OutputOf<typeof authEndpoints.replaceRecoveryCodes>> {
    const codes = await this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const account = await this.own.lock(tx, principal);
      if (!(await this.factors.confirmedAt(tx, account.id))) throw notFound('second factor');
      const replaced = await this.recoveryCodes.replace(tx, account.id);
      await this.journal.changed(tx, account, 'recovery_codes_replaced', principal);
      return replaced;
    });
    return { recovery_codes: codes };
  }
}
