import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';

const everyMs = 3_600_000;
/** What is left over is for the next round. */
const maxShares = 5_000;

/** Forgets shares that expired a month ago; until then whoever made them sees how often they were opened. */
@Injectable()
export class ShareRetention extends RecurringJob {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs, failure: 'Shares that are long over could not be deleted.' });
  }

  run(): Promise<unknown> {
    return this.database.alone('gallery.forget-shares', (tx) => rowsOf(tx, 'select gallery.forget_shares($1)', [maxShares]));
  }
}
