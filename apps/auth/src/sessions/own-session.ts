import type { Principal } from '@atrium/contract-kit';
import type { Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { SessionRepository } from './session.repository.js';

/** The caller's account and session as they are now: a token lives on for a moment after its session has ended. */
@Injectable()
export class OwnSession {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
  ) {}

  /** Holds both until the transaction ends, the account first. Throws UNAUTHENTICATED where either is over. */
  async lock(tx: Transaction, { userId, sessionId }: Principal): Promise<Account> {
    const account = await this.accounts.lockActive(tx, userId);
    const session = await this.sessions.lock(tx, sessionId);
    if (!account || session?.account_id !== userId) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    return account;
  }
}
