import type { InputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { normalizedPassword } from '@atrium/platform/passwords';
import { Inject, Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { CurrentPassword } from './current-password.js';
import { NewPassword } from './new-password.js';
import { PasswordReplacement } from './password-replacement.js';

type Change = InputOf<typeof authEndpoints.changePassword>['body'];

@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly currentPassword: CurrentPassword,
    private readonly newPassword: NewPassword,
    private readonly replacement: PasswordReplacement,
    private readonly revocations: RevocationPublisher,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * The session at hand goes on, all others end. Throws INVALID_CREDENTIALS for a wrong current password. Whoever has none
   * sets the first one by mail, as a forgotten one.
   */
  async change(principal: Principal, change: Change): Promise<void> {
    const account = await this.find(principal.userId);
    await this.currentPassword.require(account, change.current_password, principal.sessionId);
    if (normalizedPassword(change.password) === normalizedPassword(change.current_password)) {
      throw invalidField('password', 'must differ from the current one');
    }
    const passwordHash = await this.newPassword.hash(account, change.password);
    const ended = await this.database.withoutTenant((tx) => this.replace(tx, principal, account, passwordHash));
    this.logger.info({ event: 'password.changed', account_id: account.id, sessions_ended: ended.length }, 'Password changed');
    await this.revocations.revokeSessions(ended);
  }

  private async find(id: string): Promise<Account> {
    const account = await this.database.withoutTenant((tx) => this.accounts.findById(tx, id));
    if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone' });
    return account;
  }

  /** Under the locks: the password may have been replaced, or the session ended, since both were checked. */
  private async replace(tx: Transaction, principal: Principal, seen: Account, passwordHash: string): Promise<string[]> {
    const account = await this.accounts.lockActive(tx, seen.id);
    if (account?.password_version !== seen.password_version) throw new DomainError('INVALID_CREDENTIALS');
    const session = await this.sessions.lock(tx, principal.sessionId);
    if (session?.account_id !== account.id) {
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    }
    return this.replacement.apply(tx, account, { passwordHash, means: 'change', keptSessionId: session.id });
  }
}
