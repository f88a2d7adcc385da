import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { attemptEach, RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { ShareRepository, type Views } from './share.repository.js';

const everyMs = 5_000;

/**
 * Counts how often shares are opened, in memory, and writes it down every few seconds: a link that thousands follow at
 * once is one update of its row. What a process that is killed had counted since is lost.
 */
@Injectable()
export class ViewCounter extends RecurringJob {
  /** By organization and share. */
  private counted = new Map<string, Map<string, Views>>();

  constructor(
    private readonly database: Database,
    private readonly shares: ShareRepository,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs, failure: 'Views of shares could not be written down.' });
  }

  viewed(orgId: string, id: string, last = new Date()): void {
    this.add(orgId, { id, views: 1, last });
  }

  /** Writes down what was counted, one organization after another; what fails is tried again with the next. */
  async run(): Promise<void> {
    const due = this.counted;
    this.counted = new Map();
    await attemptEach(due, ([orgId, byShare]) => this.write(orgId, [...byShare.values()]), (failed) => `Views of ${failed} organizations' shares are not written down.`);
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await this.run().catch((error: unknown) => this.logger.warn({ err: error }, 'Views of shares are lost.'));
  }

  private async write(orgId: string, views: readonly Views[]): Promise<void> {
    try {
      await this.database.inTenant(orgId, (tx) => this.shares.count(tx, views));
    } catch (error) {
      for (const one of views) this.add(orgId, one);
      throw error;
    }
  }

  private add(orgId: string, { id, views, last }: Views): void {
    const byShare = this.counted.get(orgId) ?? new Map<string, Views>();
    this.counted.set(orgId, byShare);
    const held = byShare.get(id);
    byShare.set(id, held ? { id, views: held.views + views, last: held.last > last ? held.last : last } : { id, views, last });
  }
}
