import { accountClosed, accountReopened } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from './account.repository.js';

/** Closes a person's account everywhere, and opens it again. The transaction must be the person's own. */
@Injectable()
export class AccountClosure {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly outbox: Outbox,
  ) {}

  async close(tx: Transaction, userId: string): Promise<void> {
    const at = await this.accounts.close(tx, userId);
    if (at) await this.outbox.publish(tx, accountClosed, { user_id: userId, at: at.toISOString() }, { orgId: null });
  }

  /**
   * Lets the person sign in again. They belong to no organization until one restores or invites them.
   * @returns false for an account that is not closed
   */
  reopen(userId: string): Promise<boolean> {
    return this.database.asUser(userId, async (tx) => {
      const at = await this.accounts.reopen(tx, userId);
      if (at) await this.outbox.publish(tx, accountReopened, { user_id: userId, at: at.toISOString() }, { orgId: null });
      return at !== undefined;
    });
  }
}
