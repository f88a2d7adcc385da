import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { LoginThrottle } from '../sessions/login-throttle.js';
import { PasswordHasher } from './password-hasher.js';

/** Asks a person who is signed in for their password. */
@Injectable()
export class CurrentPassword {
  constructor(
    private readonly throttle: LoginThrottle,
    private readonly hasher: PasswordHasher,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: AccountAudit,
  ) {}

  /**
   * Throws INVALID_CREDENTIALS for a wrong one; guesses are limited as those at sign-in, each session by itself: a stolen
   * access token helps nobody to find the password, and nobody else's guesses hold the person up.
   */
  async require(account: Account, password: string, session: string): Promise<void> {
    const attempt = { email: account.email, accountId: account.id, from: { session } };
    const pauses = await this.throttle.consume(attempt);
    if (!(await this.hasher.verify(account.password_hash ?? undefined, password))) {
      this.logger.warn({ event: 'password.refused', account_id: account.id }, 'The current password was refused');
      this.audit.failed(account, 'password.refused', 'wrong password');
      this.throttle.note(attempt, pauses);
      throw new DomainError('INVALID_CREDENTIALS');
    }
    await this.throttle.forgive(attempt);
  }
}
