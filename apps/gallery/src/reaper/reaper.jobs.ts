import { LOGGER } from '@atrium/platform/context';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { pieceByPiece } from './reap-mode.js';
import { Reaper } from './reaper.js';

/** Dependency-injection token of the {@link ReaperIntervals}. */
export const REAPER_INTERVALS = Symbol('ReaperIntervals');

/** Milliseconds between two runs. */
export interface ReaperIntervals {
  readonly due: number;
  readonly reconcile: number;
}

/** Reaps what is due: overdue uploads, the trash, and what deleted people, sites and organizations left. */
@Injectable()
export class DueJob extends RecurringJob {
  constructor(
    private readonly reaper: Reaper,
    @Inject(REAPER_INTERVALS) { due }: ReaperIntervals,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: due, atStart: true, failure: 'What is due could not be reaped.' });
  }

  run(): Promise<unknown> {
    return this.reaper.reapDue();
  }
}

/** Brings rows, objects and counters together, a piece at a time. */
@Injectable()
export class ReconcileJob extends RecurringJob {
  constructor(
    private readonly reaper: Reaper,
    @Inject(REAPER_INTERVALS) { reconcile }: ReaperIntervals,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: reconcile, atStart: true, failure: 'Rows and objects could not be reconciled.' });
  }

  run(): Promise<unknown> {
    return this.reaper.reconcile(pieceByPiece());
  }
}
