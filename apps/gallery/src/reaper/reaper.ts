import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { PersonErasure } from '../erasure/person-erasure.js';
import { UploadExpiry } from '../expiry/upload-expiry.js';
import { TenantRemoval } from '../removals/tenant-removal.js';
import { LostObjects } from './lost-objects.js';
import { type Reaped, type ReapKind, type ReapMode, summed } from './reap-mode.js';
import { ReaperMetrics } from './reaper-metrics.js';
import { StaleMultiparts } from './stale-multiparts.js';
import { SweepLock } from './sweep-lock.js';
import { TRASH_DAYS, TrashPurge } from './trash-purge.js';
import { UnknownObjects } from './unknown-objects.js';
import { UnusualError } from './unusual.error.js';
import { UsageAudit } from './usage-audit.js';

/** Kinds whose time comes, in the order in which they are reaped. */
export const dueKinds = ['expired_upload', 'person', 'site', 'organization', 'trash'] as const satisfies readonly ReapKind[];

export interface ReapOutcome {
  readonly reaped: readonly Reaped[];
  readonly failures: readonly Error[];
}

type Sweeps = Readonly<Record<string, () => Promise<Reaped[]>>>;

/** Ends what never came, removes what is no longer wanted, and brings rows, objects and counters together again. */
@Injectable()
export class Reaper {
  constructor(
    private readonly database: Database,
    private readonly lock: SweepLock,
    private readonly expiry: UploadExpiry,
    private readonly people: PersonErasure,
    private readonly removal: TenantRemoval,
    private readonly trash: TrashPurge,
    private readonly multiparts: StaleMultiparts,
    private readonly unknown: UnknownObjects,
    private readonly lost: LostObjects,
    private readonly usage: UsageAudit,
    private readonly metrics: ReaperMetrics,
    @Inject(TRASH_DAYS) private readonly trashDays: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What is due. Nothing, and undefined, while another process is at it. */
  async reapDue(): Promise<ReapOutcome | undefined> {
    const outcome = await this.lock.alone('due', () =>
      this.run({
        uploads: () => this.expiry.sweep(),
        people: () => this.people.sweep(),
        removals: () => this.removal.sweep(),
        trash: () => this.trash.sweep(),
      }),
    );
    this.metrics.setBacklog(await this.backlog(), dueKinds);
    return outcome;
  }

  /** What should not be, by looking at buckets and rows; as {@link reapDue} otherwise. */
  reconcile(mode: ReapMode): Promise<ReapOutcome | undefined> {
    return this.lock.alone('reconcile', () =>
      this.run({
        multiparts: () => this.multiparts.sweep(mode),
        objects: () => this.unknown.sweep(mode),
        rows: () => this.lost.sweep(mode),
        usage: () => this.usage.sweep(mode),
      }, mode),
    );
  }

  /** What is due and not yet removed. */
  async backlog(): Promise<Reaped[]> {
    const sql = 'select kind, files::float8 as count, bytes::float8 as bytes from gallery.reaper_backlog($1)';
    return this.database.withoutTenant((tx) => rowsOf<Reaped>(tx, sql, [this.trashDays]));
  }

  /** One that fails holds up no others. */
  private async run(sweeps: Sweeps, { dryRun }: Pick<ReapMode, 'dryRun'> = { dryRun: false }): Promise<ReapOutcome> {
    const reaped: Reaped[] = [];
    const failures: Error[] = [];
    for (const [name, sweep] of Object.entries(sweeps)) {
      try {
        const done = await sweep();
        reaped.push(...done);
        if (dryRun) continue;
        this.metrics.succeeded(name, done);
        if (name === 'objects') this.metrics.setUnusual('unknown_object', false);
        if (name === 'rows') this.metrics.setUnusual('lost_object', false);
      } catch (error) {
        failures.push(this.note(name, error));
      }
    }
    const sums = summed(reaped).filter(({ count }) => count > 0);
    if (!dryRun && sums.length > 0) this.logger.info({ event: 'reaped', reaped: sums }, 'The reaper has removed what is not wanted any more.');
    return { reaped: sums, failures };
  }

  private note(sweep: string, error: unknown): Error {
    if (error instanceof UnusualError) this.metrics.setUnusual(error.kind, true);
    this.logger.error({ event: 'sweep_failed', sweep, err: error }, 'A sweep of the reaper failed; trying again later.');
    return error instanceof Error ? error : new Error(String(error));
  }
}
