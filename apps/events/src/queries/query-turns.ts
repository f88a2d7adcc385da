import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';

/** Queries that one organization may run at a time in this process. */
const maxConcurrent = 3;
/** … and that may wait for their turn, where waiting is asked for. */
const maxWaiting = 60;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Gives each organization its turns, so that none of them takes the database away from the others. */
@Injectable()
export class QueryTurns {
  private readonly lanes = new Map<string, Lane>();

  /** Waits so many milliseconds for a turn, where there is none. Throws RATE_LIMITED. */
  async take<T>(orgId: string, work: () => Promise<T>, waitMs = 0): Promise<T> {
    await this.begin(orgId, waitMs);
    try {
      return await work();
    } finally {
      this.end(orgId);
    }
  }

  private async begin(orgId: string, waitMs: number): Promise<void> {
    const lane = this.laneOf(orgId);
    if (lane.running < maxConcurrent) {
      lane.running += 1;
      return;
    }
    if (waitMs === 0 || lane.waiting.length >= maxWaiting) throw tooMany();
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        lane.waiting.splice(lane.waiting.indexOf(turn), 1);
        reject(tooMany());
      }, waitMs);
      lane.waiting.push(turn);
    });
  }

  /** The turn goes on to whoever waits longest: the count stays. */
  private end(orgId: string): void {
    const lane = this.laneOf(orgId);
    const next = lane.waiting.shift();
    if (next) return next();
    lane.running -= 1;
    if (lane.running === 0) this.lanes.delete(orgId);
  }

  private laneOf(orgId: string): Lane {
    const lane = this.lanes.get(orgId) ?? { running: 0, waiting: [] };
    this.lanes.set(orgId, lane);
    return lane;
  }
}

const tooMany = (): DomainError => new DomainError('RATE_LIMITED', `${maxConcurrent} queries may run at a time.`, { retryAfterSeconds: 1 });
