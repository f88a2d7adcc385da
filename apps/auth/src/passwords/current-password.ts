import type { Client } from '@atrium/contract-kit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { LoginThrottle } from '../sessions/login-throttle.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { PasswordHasher } from './password-hasher.js';

/** Asks a person who is signed in for their password. */
@Injectable()
export class CurrentPassword {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly throttle: LoginThrottle,
    private readonly hasher: PasswordHasher,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: AccountAudit,
  ) {}

  /**
   * Throws INVALID_CREDENTIALS for a wrong one; guesses count as those at sign-in do, so that a stolen access token
   * helps nobody to find the password.
   */
  async require(account: Account, password: string, { address }: Client): Promise<void> {
    const isKnownAddress = () => this.database.withoutTenant((tx) => this.sessions.isKnownAddress(tx, account.id, address));
    await this.throttle.consume(account.email, address, isKnownAddress);
    if (!(await this.hasher.verify(account.password_hash ?? undefined, password))) {
      this.logger.warn({ event: 'password.refused', account_id: account.id }, 'The current password was refused');
      this.audit.failed(account, 'password.refused', 'wrong password');
      throw new DomainError('INVALID_CREDENTIALS');
    }
    await this.throttle.forgive(account.email, address);
  }
}
