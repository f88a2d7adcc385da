import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-code.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';

/** The ten codes for whoever lost their authenticator app. */
@Injectable()
export class RecoveryCodes {
  constructor(private readonly repository: RecoveryCodeRepository) {}

  /** @returns new ones, to be shown once; earlier ones die */
  async replace(tx: Transaction, accountId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    await this.repository.replace(tx, accountId, codes.map((code) => hashOfRecoveryCode(accountId, code)));
    return codes;
  }

  discard(tx: Transaction, accountId: string): Promise<void> {
    return this.repository.discard(tx, accountId);
  }
}
