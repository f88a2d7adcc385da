import { newId } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { injectTraceContext } from '@atrium/platform/telemetry';
import { foldLines, maxFoldedBytes, type PackMessage } from './pack-message.js';

/** Lines of one request, or a part of them, that travel together. Bytes, for what waits should not burden the heap. */
interface Parcel {
  readonly lines: Buffer;
  readonly rows: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface EventPackerOptions {
  /** Resolves when the queue has the pack. */
  readonly send: (pack: PackMessage) => Promise<void>;
  /** Milliseconds that lines wait for others; 0 packs what one turn of the event loop brings. */
  readonly lingerMs: number;
  /** Characters of lines that may wait or be under way. */
  readonly maxWaiting: number;
}

/** Packs under way at a time. While they are, further lines gather: the busier, the larger the packs. */
const maxConcurrentPacks = 2;
/** Milliseconds after which a pack under way no longer holds back a small one: the queue is slow, not busy. */
const lateAfter = 25;
/** Bytes that are worth a second message while the first is under way: one costs as much as a hundred events. */
const largePack = 256 * 1024;
/** Bytes of a pack before compression. */
const fullPack = 4 * 1024 * 1024;
/** Characters of a parcel: one alone fits into a message even if it does not compress. */
const fullParcel = 192 * 1024;

const overloaded = () =>
  new DomainError('UPSTREAM_UNAVAILABLE', 'Too many events are waiting for the queue.', { retryAfterSeconds: 1 });

/** Groups the events of many requests into few queue messages. */
export class EventPacker {
  private gathering: Parcel[] = [];
  private gatheredSize = 0;
  private waiting = 0;
  private underWay = 0;
  private lastSentAt = 0;
  private timer: NodeJS.Timeout | undefined;
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
  add(lines: readonly string[]): Promise<void> {
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    if (this.waiting > 0 && this.waiting + size > this.options.maxWaiting) return Promise.reject(overloaded());
    this.waiting += size;
    // Encoded here and now: a promise that held on to the lines would keep them on the heap until the queue answers.
    return this.finish(this.parcels(lines), size);
  }

  private async finish(parcels: readonly Promise<void>[], size: number): Promise<void> {
    try {
      await Promise.all(parcels);
    } finally {
      this.waiting -= size;
    }
  }

  /** Sends what waits without lingering, and resolves when nothing is under way. */
  async close(): Promise<void> {
    this.closing = true;
    this.dispatch();
    while (this.waiting > 0 && (this.underWay > 0 || this.gathering.length > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private parcels(lines: readonly string[]): Promise<void>[] {
    const parcels: Promise<void>[] = [];
    let text = '';
    let rows = 0;
    for (const line of lines) {
      if (rows > 0 && text.length + line.length > fullParcel) {
        parcels.push(this.gather(Buffer.from(text), rows));
        [text, rows] = ['', 0];
      }
      text += line;
      rows += 1;
    }
    if (rows > 0) parcels.push(this.gather(Buffer.from(text), rows));
    return parcels;
  }

  private gather(lines: Buffer, rows: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.gathering.push({ lines, rows, resolve, reject });
      this.gatheredSize += lines.length;
      if (this.gatheredSize >= largePack || this.closing) this.dispatch();
      else this.timer ??= setTimeout(() => this.dispatch(), this.options.lingerMs);
    });
  }

  private dispatch(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathering.length === 0 || this.underWay >= maxConcurrentPacks) return;
    const held = this.millisecondsHeld();
    if (held > 0) {
      this.timer = setTimeout(() => this.dispatch(), held);
      return;
    }
    const parcels = this.takePack();
    this.underWay += 1;
    this.lastSentAt = performance.now();
    void this.sendPack(parcels).finally(() => {
      this.underWay -= 1;
      this.dispatch();
    });
    if (this.gatheredSize >= largePack) this.dispatch();
  }

  /** How long what has gathered waits at most for the pack under way. */
  private millisecondsHeld(): number {
    if (this.underWay === 0 || this.closing || this.gatheredSize >= largePack) return 0;
    return this.lastSentAt + lateAfter - performance.now();
  }

  private takePack(): Parcel[] {
    let size = 0;
    const end = this.gathering.findIndex(({ lines }) => (size += lines.length) > fullPack);
    const parcels = this.gathering.splice(0, end <= 0 ? this.gathering.length : end);
    this.gatheredSize = this.gathering.reduce((sum, { lines }) => sum + lines.length, 0);
    return parcels;
  }

  /** Never rejects: each parcel's request is told. Parcels that don't fit into one message go in two. */
  private async sendPack(parcels: readonly Parcel[]): Promise<void> {
    try {
      const folded = await foldLines(Buffer.concat(parcels.map(({ lines }) => lines)));
      if (folded.length > maxFoldedBytes && parcels.length > 1) {
        const half = Math.ceil(parcels.length / 2);
        await Promise.all([this.sendPack(parcels.slice(0, half)), this.sendPack(parcels.slice(half))]);
        return;
      }
      await this.options.send(packOf(parcels, folded));
      for (const { resolve } of parcels) resolve();
    } catch (error) {
      for (const { reject } of parcels) reject(error);
    }
  }
}

const packOf = (parcels: readonly Parcel[], folded: Buffer): PackMessage => ({
  version: 1,
  batch_id: newId(),
  codec: 'zstd',
  rows: parcels.reduce((sum, { rows }) => sum + rows, 0),
  ...injectTraceContext(),
  data: folded.toString('base64'),
});
