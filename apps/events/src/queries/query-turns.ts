import { DomainError } from '@atrium/platform/errors';

export interface QueryTurnsOptions {
  /** Queries that one organization may run at a time in this process. */
  readonly running: number;
  /** … and that may wait for their turn, where waiting is asked for. */
  readonly waiting: number;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Gives each organization its turns, so that none of them takes the database away from the others. */
export class QueryTurns {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly options: QueryTurnsOptions) {}

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
    if (lane.running < this.options.running) {
      lane.running += 1;
      return;
    }
    if (waitMs === 0 || lane.waiting.length >= this.options.waiting) throw this.tooMany();
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        lane.waiting.splice(lane.waiting.indexOf(turn), 1);
        reject(this.tooMany());
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

  private tooMany(): DomainError {
    return new DomainError('RATE_LIMITED', `${this.options.running} queries may run at a time.`, { retryAfterSeconds: 1 });
  }
}

/** The turns of queries that people write: dependency-injection token. */
export const SQL_TURNS = Symbol('SqlTurns');
export const sqlTurns = { provide: SQL_TURNS, useFactory: () => new QueryTurns({ running: 3, waiting: 60 }) };
