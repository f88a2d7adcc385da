import { newId } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { injectTraceContext, type TraceCarrier } from '@atrium/platform/telemetry';
import { type Line, LineBuffer } from './line-buffer.js';
import { foldLines, maxFoldedBytes, type PackMessage } from './pack-message.js';

/** A request that waits for its lines, which may travel in several packs. */
interface Waiter {
  parcelsLeft: number;
  failure: unknown;
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Lines of one request, or a part of them, that travel together. */
interface Parcel {
  readonly waiter: Waiter;
  readonly rows: number;
  /** Where its bytes end in the pack's buffer. */
  readonly end: number;
}

interface Pack {
  readonly lines: LineBuffer;
  readonly parcels: Parcel[];
  /** Of its first request. */
  trace: TraceCarrier;
}

const emptyPack = (): Pack => ({ lines: new LineBuffer(), parcels: [], trace: {} });

export interface EventPackerOptions {
  /** Resolves when the queue has the pack. */
  readonly send: (pack: PackMessage) => Promise<void>;
  /** Milliseconds that lines wait for others while no pack is under way; 0 packs what one turn of the event loop brings. */
  readonly lingerMs: number;
  /** Characters of lines that may wait or be under way. */
  readonly maxWaiting: number;
}

/** Packs under way at a time. */
const maxConcurrentPacks = 4;
/** Milliseconds that lines wait for the pack under way at most: a queue that takes longer is slow, not busy. */
const longestHold = 10;
/**
 * Milliseconds between two packs: a message costs the sender, the queue and the worker the same whatever it holds, and
 * whoever was just answered is about to send again. After a pause longer than this nobody waits.
 */
const restBetweenPacks = 4;
/** Bytes that are worth a second message while the first is under way. */
const largePack = 256 * 1024;
/** Bytes of a pack before compression. */
const fullPack = 4 * 1024 * 1024;
/** Characters of a parcel: one alone fits into a message even if it does not compress. */
const fullParcel = 192 * 1024;

const overloaded = () =>
  new DomainError('UPSTREAM_UNAVAILABLE', 'Too many events are waiting for the queue.', { retryAfterSeconds: 1 });

/**
 * Groups the events of many requests into few queue messages. The first goes at once; while it is under way, and for a
 * moment after it was sent, others gather (group commit): the longer the queue takes and the more there are, the larger
 * the packs.
 */
export class EventPacker {
  private gathering = emptyPack();
  /** Packs that take no more, the oldest first. */
  private full: Pack[] = [];
  private waiting = 0;
  private underWay = 0;
  private lastSentAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;
  private closing = false;

  constructor(private readonly options: EventPackerOptions) {}

  /** Characters that wait or are under way. */
  get waitingSize(): number {
    return this.waiting;
  }

  /**
   * Resolves when the queue has acknowledged every line; rejects with UPSTREAM_UNAVAILABLE when one may be missing. Each
   * line ends with a newline.
   */
  add(lines: readonly Line[]): Promise<void> {
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    if (size === 0) return Promise.resolve();
    if (this.waiting > 0 && this.waiting + size > this.options.maxWaiting) return Promise.reject(overloaded());
    this.waiting += size;
    return new Promise((resolve, reject) => {
      this.gather({ parcelsLeft: 0, failure: undefined, size, resolve, reject }, lines);
      this.schedule();
    });
  }

  /** Sends what waits without lingering, and resolves when nothing is under way. */
  async close(): Promise<void> {
    this.closing = true;
    this.dispatch();
    while (this.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Encoded here and now: whoever held on to the lines would keep them on the heap until the queue answers. */
  private gather(waiter: Waiter, lines: readonly Line[]): void {
    let rows = 0;
    let characters = 0;
    for (const line of lines) {
      if (rows > 0 && characters + line.length > fullParcel) {
        this.endParcel(waiter, rows);
        [rows, characters] = [0, 0];
      }
      this.gathering.lines.append(line);
      rows += 1;
      characters += line.length;
    }
    this.endParcel(waiter, rows);
  }

  private endParcel(waiter: Waiter, rows: number): void {
    waiter.parcelsLeft += 1;
    const { parcels, lines } = this.gathering;
    if (parcels.length === 0) this.gathering.trace = injectTraceContext();
    parcels.push({ waiter, rows, end: lines.size });
    if (lines.size < fullPack) return;
    this.full.push(this.gathering);
    this.gathering = emptyPack();
  }

  private schedule(): void {
    if (this.closing || this.full.length > 0 || this.gathering.lines.size >= largePack) return this.dispatch();
    const wait = this.millisecondsHeld();
    if (wait > 0) this.timer ??= setTimeout(this.dispatch, wait);
    else this.turn ??= setImmediate(this.dispatch);
  }

  private millisecondsHeld(): number {
    const sinceLast = performance.now() - this.lastSentAt;
    return this.underWay === 0 ? Math.max(this.options.lingerMs, restBetweenPacks - sinceLast) : longestHold - sinceLast;
  }

  private readonly dispatch = (): void => {
    clearTimeout(this.timer);
    clearImmediate(this.turn);
    this.timer = undefined;
    this.turn = undefined;
    while (this.underWay < maxConcurrentPacks) {
      const pack = this.takePack();
      if (!pack) return;
      this.underWay += 1;
      this.lastSentAt = performance.now();
      void this.sendPack(pack, 0).finally(() => this.sent(pack));
    }
  };

  private takePack(): Pack | undefined {
    const full = this.full.shift();
    if (full) return full;
    const pack = this.gathering;
    if (pack.parcels.length === 0) return undefined;
    this.gathering = emptyPack();
    return pack;
  }

  private sent({ lines }: Pack): void {
    lines.release();
    this.underWay -= 1;
    if (this.full.length > 0 || this.closing) return this.dispatch();
    // Behind others that are under way what has gathered waits for its time, which may have come.
    if (this.underWay > 0 && this.timer !== undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathering.parcels.length > 0) this.schedule();
  }

  /** Never rejects: each parcel's request is told. Parcels that don't fit into one message go in two. */
  private async sendPack({ lines, parcels, trace }: Pack, from: number): Promise<void> {
    try {
      const folded = await foldLines(lines.slice(from, parcels.at(-1)?.end ?? from));
      if (folded.length > maxFoldedBytes && parcels.length > 1) {
        const half = Math.ceil(parcels.length / 2);
        const middle = parcels[half - 1]?.end ?? from;
        await Promise.all([
          this.sendPack({ lines, trace, parcels: parcels.slice(0, half) }, from),
          this.sendPack({ lines, trace, parcels: parcels.slice(half) }, middle),
        ]);
        return;
      }
      await this.options.send(packOf(parcels, trace, folded));
      for (const { waiter } of parcels) this.settle(waiter);
    } catch (error) {
      for (const { waiter } of parcels) {
        waiter.failure ??= error;
        this.settle(waiter);
      }
    }
  }

  private settle(waiter: Waiter): void {
    waiter.parcelsLeft -= 1;
    if (waiter.parcelsLeft > 0) return;
    this.waiting -= waiter.size;
    if (waiter.failure === undefined) waiter.resolve();
    else waiter.reject(waiter.failure);
  }
}

const packOf = (parcels: readonly Parcel[], trace: TraceCarrier, folded: Buffer): PackMessage => ({
  version: 1,
  batch_id: newId(),
  codec: 'zstd',
  rows: parcels.reduce((sum, { rows }) => sum + rows, 0),
  ...trace,
  data: folded.toString('base64'),
});
