import type { MfaRequired } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import type { Opening } from '../sessions/session-opener.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { MfaTokenRepository, mfaTokenSeconds } from './mfa-token.repository.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';
import { TotpFactorRepository } from './totp-factor.repository.js';

/** Asks for the second factor of a sign-in. */
@Injectable()
export class MfaChallenge {
  constructor(
    private readonly database: Database,
    private readonly factors: TotpFactorRepository,
    private readonly recoveryCodes: RecoveryCodeRepository,
    private readonly tokens: MfaTokenRepository,
  ) {}

  /** @returns undefined for an account without a confirmed factor */
  issue(account: Account, { orgId, methods }: Opening): Promise<MfaRequired | undefined> {
    return this.database.withoutTenant(async (tx) => {
      if (!(await this.factors.confirmedAt(tx, account.id))) return undefined;
      const token = newOpaqueToken();
      const pending = { accountId: account.id, passwordVersion: account.password_version, methods, orgId };
      await this.tokens.insert(tx, hashOfToken(token), pending);
      const codesLeft = await this.recoveryCodes.countLeft(tx, account.id);
      return {
        mfa_required: true,
        mfa_token: token,
        methods: codesLeft > 0 ? ['totp', 'recovery_code'] : ['totp'],
        expires_in: mfaTokenSeconds,
      };
    });
  }
}
