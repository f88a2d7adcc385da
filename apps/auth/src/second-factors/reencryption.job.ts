import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { type TotpFactor, TotpFactorRepository } from './totp-factor.repository.js';
import { TotpSecrets } from './totp-secrets.js';

const intervalMs = 60_000;
const batchSize = 100;

/** After the encryption key was rotated, brings what earlier keys encrypted to the current one, so that they can go. */
@Injectable()
export class ReencryptionJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly factors: TotpFactorRepository,
    private readonly secrets: TotpSecrets,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'Secrets could not be encrypted anew.' });
  }

  /** A batch. @returns how many were encrypted anew */
  async run(): Promise<number> {
    const keyId = await this.secrets.currentKeyId();
    return this.database.withoutTenant(async (tx) => {
      let count = 0;
      for (const factor of await this.factors.listOfOtherKeys(tx, keyId, batchSize)) {
        const secret = await this.tryReseal(factor);
        if (!secret) continue;
        await this.factors.replaceSecret(tx, factor.id, secret);
        count += 1;
      }
      return count;
    });
  }

  /** One that doesn't open must not keep the others. */
  private async tryReseal(factor: TotpFactor) {
    try {
      return await this.secrets.seal(factor.accountId, await this.secrets.unseal(factor));
    } catch (error) {
      this.logger.error({ err: error, account_id: factor.accountId, key_id: factor.secret.keyId }, 'A secret could not be encrypted anew.');
      return undefined;
    }
  }
}
