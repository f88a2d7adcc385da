import type { ReceivedPack } from './received-pack.js';

export interface PackGathererOptions {
  /** Stores packs together; settles one result a pack, in their order. A rejection is the result of all. */
  readonly store: (packs: readonly ReceivedPack[]) => Promise<readonly PromiseSettledResult<void>[]>;
  /** Packs that can be at hand at a time: with half of them, the other half is stored while these are received, or the reverse. */
  readonly capacity: number;
  /** Milliseconds between the beginnings of two inserts that are small. */
  readonly spacingMs: number;
}

interface Waiting {
  readonly pack: ReceivedPack;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Inserts under way at a time: one keeps ClickHouse busy while the other's rows travel. */
const maxInserts = 2;
/** Milliseconds after which an insert under way no longer holds back a small one: it is stuck, not busy. */
const lateAfterMs = 1_000;
/** What is worth an insert at once: beyond, rows cost no less, and merges of fewer parts have less to do. */
const enough = { rows: 20_000, bytes: 12 * 1024 * 1024 } as const;
/** What one insert takes at most: ClickHouse holds it in memory, and unfolds it into a single block. */
const most = { rows: 100_000, bytes: 16 * 1024 * 1024 } as const;

/**
 * Gathers packs into few inserts: each costs ClickHouse a part, and milliseconds whatever it holds. A pack goes at once
 * when it is the first for a while; the others wait for company until the spacing has passed and the insert before is
 * done, or until there is enough.
 */
export class PackGatherer {
  private readonly waiting: Waiting[] = [];
  private rows = 0;
  private bytes = 0;
  private underWay = 0;
  private packsUnderWay = 0;
  private lastBegun = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(private readonly options: PackGathererOptions) {}

  /** Resolves when the pack's rows are stored. */
  add(pack: ReceivedPack): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ pack, resolve, reject });
      this.rows += pack.rows;
      this.bytes += pack.size;
      this.dispatch();
    });
  }

  /** From now on nothing waits for company. */
  close(): void {
    this.closing = true;
    this.dispatch();
  }

  private dispatch(): void {
    clearTimeout(this.timer);
    if (this.waiting.length === 0 || this.underWay >= maxInserts) return;
    const pause = this.millisecondsToWait();
    if (pause > 0) {
      this.timer = setTimeout(() => this.dispatch(), pause);
      return;
    }
    const group = this.take();
    this.underWay += 1;
    this.packsUnderWay += group.length;
    this.lastBegun = performance.now();
    void this.store(group).finally(() => {
      this.underWay -= 1;
      this.packsUnderWay -= group.length;
      this.dispatch();
    });
    this.dispatch();
  }

  private millisecondsToWait(): number {
    const { capacity, spacingMs } = this.options;
    const halfIsHere = this.waiting.length >= capacity / 2 || this.waiting.length + this.packsUnderWay >= capacity;
    if (this.closing || halfIsHere || this.rows >= enough.rows || this.bytes >= enough.bytes) return 0;
    const pause = this.underWay === 0 ? spacingMs : Math.max(spacingMs, lateAfterMs);
    return this.lastBegun + pause - performance.now();
  }

  /** At least one, in the order of their arrival. */
  private take(): Waiting[] {
    let [rows, bytes] = [0, 0];
    const end = this.waiting.findIndex(({ pack }) => (rows += pack.rows) > most.rows || (bytes += pack.size) > most.bytes);
    const group = this.waiting.splice(0, end === -1 ? this.waiting.length : Math.max(1, end));
    for (const { pack } of group) {
      this.rows -= pack.rows;
      this.bytes -= pack.size;
    }
    return group;
  }

  /** Never rejects: each pack's sender is told. */
  private async store(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.options.store(group.map(({ pack }) => pack));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result?.status === 'fulfilled') resolve();
        else reject(result?.reason ?? new Error('The store gave no result for the pack.'));
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
