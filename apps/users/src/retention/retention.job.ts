import { accountErased } from '@atrium/contracts/domain-events';
import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { removalDays } from '../people/removal-period.js';

const intervalMs = 60_000;
/** What is left over is for the next round. */
const batchSize = 100;
const maxInvitations = 5_000;

/**
 * Deletes accounts that can no longer be reopened, once no organization holds anything of the person, and tells auth to;
 * and forgets invitations that were over a month ago.
 */
@Injectable()
export class RetentionJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly outbox: Outbox,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'What is over could not be deleted.' });
  }

  /** @returns how many accounts were deleted; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.alone('users.retention', async (tx) => {
      await rowsOf(tx, `select users.forget_invitations($1)`, [maxInvitations]);
      const overdue = await rowsOf<{ user_id: string }>(tx, `select user_id from users.overdue_closures($1, $2) user_id`, [
        ...[removalDays, batchSize],
      ]);
      let erased = 0;
      for (const { user_id } of overdue) if (await this.erase(user_id)) erased += 1;
      return erased;
    });
  }

  private erase(userId: string): Promise<boolean> {
    return this.database.asUser(userId, async (tx) => {
      const isErased = await this.accounts.erase(tx, userId, removalDays);
      if (isErased) await this.outbox.publish(tx, accountErased, { user_id: userId }, { orgId: null });
      return isErased;
    });
  }
}
