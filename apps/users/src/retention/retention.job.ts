import { accountErased } from '@atrium/contracts/domain-events';
import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { removalDays } from '../people/removal-period.js';

const intervalMs = 60_000;
/** Any constant of ours: of all instances one cleans at a time. Another than that of the audit log's months (…013). */
const lockKey = 7_214_014;
/** What is left over is for the next round. */
const batchSize = 100;
const maxInvitations = 5_000;

/**
 * Deletes accounts that can no longer be reopened, once no organization holds anything of the person, and tells auth to;
 * and forgets invitations that were over a month ago.
 */
@Injectable()
export class RetentionJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly outbox: Outbox,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tryRun(), intervalMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many accounts were deleted; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.withoutTenant(async (tx) => {
      const [lock] = await rowsOf<{ free: boolean }>(tx, `select pg_try_advisory_xact_lock($1) as free`, [lockKey]);
      if (!lock?.free) return undefined;
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

  private async tryRun(): Promise<void> {
    await this.run().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'What is over could not be deleted; trying again in a minute.');
    });
  }
}
