import { LOGGER } from '@atrium/platform/context';
import { Database, findRow, rowsOf } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';

const intervalMs = 3_600_000;
/** Months made ahead; should the job stand still for longer, each entry still makes its own. */
const monthsAhead = 2;

/** Makes the audit log's coming months, and drops those that ended more than a year ago. */
@Injectable()
export class AuditLogPartitionsJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, atStart: true, failure: "The audit log's months could not be made and dropped." });
  }

  /** @returns how many months were dropped */
  async run(): Promise<number> {
    await this.database.withoutTenant(async (tx) => {
      const months = `generate_series(0, $1) ahead`;
      await rowsOf(tx, `select users.audit_logs_ensure_partition(now() + make_interval(months => ahead)) from ${months}`, [monthsAhead]);
    });
    const drop = `select users.audit_logs_drop_expired() as dropped`;
    const row = await this.database.withoutTenant((tx) => findRow<{ dropped: number }>(tx, drop, []));
    const dropped = row?.dropped ?? 0;
    if (dropped > 0) this.logger.info({ months: dropped }, 'Months of the audit log that are over a year old were dropped.');
    return dropped;
  }
}
