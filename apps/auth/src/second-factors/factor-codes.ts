import { Database, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { type FactorContext, FactorJournal } from './factor-journal.js';
import { hashOfRecoveryCode } from './recovery-code.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';
import { isTotpCode, stepOf } from './totp.js';
import { TotpFactorRepository } from './totp-factor.repository.js';
import { TotpSecrets } from './totp-secrets.js';

/** What a code would prove, if nobody used it before. */
export type CodeProof =
  | { readonly method: 'otp'; readonly factorId: string; readonly step: number }
  | { readonly method: 'rcv'; readonly hash: Buffer };

/** Codes of second factors: looked at first, outside of any lock; then used up, once. */
@Injectable()
export class FactorCodes {
  constructor(
    private readonly database: Database,
    private readonly factors: TotpFactorRepository,
    private readonly secrets: TotpSecrets,
    private readonly recoveryCodes: RecoveryCodeRepository,
    private readonly journal: FactorJournal,
  ) {}

  /** @returns undefined for a code that is certainly wrong */
  async check(accountId: string, code: string): Promise<CodeProof | undefined> {
    if (!isTotpCode(code)) return { method: 'rcv', hash: hashOfRecoveryCode(accountId, code) };
    const factor = await this.database.withoutTenant((tx) => this.factors.findConfirmed(tx, accountId));
    if (!factor) return undefined;
    const step = stepOf(await this.secrets.unseal(factor), code);
    return step === undefined ? undefined : { method: 'otp', factorId: factor.id, step };
  }

  /** Uses the code up. @returns true for one caller only; false where nothing was changed */
  async redeem(tx: Transaction, account: Pick<Account, 'id' | 'email'>, proof: CodeProof, context: FactorContext): Promise<boolean> {
    if (proof.method === 'otp') return this.factors.useStep(tx, proof.factorId, proof.step);
    if (!(await this.recoveryCodes.use(tx, account.id, proof.hash))) return false;
    await this.journal.changed(tx, account, 'recovery_code_used', context);
    return true;
  }
}
