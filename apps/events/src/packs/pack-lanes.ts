import { DomainError } from '@atrium/platform/errors';
import { LRUCache } from 'lru-cache';
import { ByteRate } from './byte-rate.js';
import { EventPacker } from './event-packer.js';
import type { Line } from './line-buffer.js';
import type { PackMessage } from './pack-message.js';

export interface PackLanesOptions {
  /** Resolves when the queue has the pack of many organizations. */
  readonly sendShared: (pack: PackMessage) => Promise<void>;
  /** The same for a pack of one organization that sends a great deal. */
  readonly sendBulk: (pack: PackMessage, orgId: string) => Promise<void>;
  /** Milliseconds that lines wait for others. */
  readonly lingerMs: number;
  /** Characters of lines that may wait or be under way, of all organizations together. */
  readonly maxWaiting: number;
  /** Characters a second beyond which an organization goes by itself; back below half of it. */
  readonly bulkPerSecond: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Organizations whose rate is remembered. */
const maxRates = 50_000;

const overloaded = () =>
  new DomainError('UPSTREAM_UNAVAILABLE', 'Too many events are waiting for the queue.', { retryAfterSeconds: 1 });

/**
 * Keeps organizations from standing in one another's way to the queue. What small ones send is packed together. One that
 * sends a great deal has packs of its own, for a queue of their own. And none may have more waiting than there is still
 * free: however many flood, room is left for those who don't (dynamic thresholds, Choudhury and Hahne, 1998).
 */
export class PackLanes {
  private readonly shared: EventPacker;
  private readonly bulk = new Map<string, EventPacker>();
  private readonly rates = new LRUCache<string, ByteRate>({ max: maxRates });
  private readonly waiting = new Map<string, number>();
  private readonly now: () => number;
  private total = 0;
  private sending = 0;

  constructor(private readonly options: PackLanesOptions) {
    this.now = options.now ?? (() => performance.now());
    this.shared = this.packer((pack) => options.sendShared(pack));
  }

  /** Characters that wait or are under way. */
  get waitingSize(): number {
    return this.total;
  }

  /** Packs that the queue has not acknowledged yet. */
  get packsUnderWay(): number {
    return this.sending;
  }

  /** As {@link EventPacker.add}; refuses an organization that has more waiting than its share. */
  add(orgId: string, lines: readonly Line[]): Promise<void> {
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    const held = this.waiting.get(orgId) ?? 0;
    if (!this.hasRoom(held, size)) return Promise.reject(overloaded());
    this.waiting.set(orgId, held + size);
    this.total += size;
    return this.finish(this.laneOf(orgId, size).add(lines), orgId, size);
  }

  /** Sends what waits without lingering, and resolves when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all([this.shared, ...this.bulk.values()].map((packer) => packer.close()));
  }

  /** One request alone always passes, and so does the first of an organization while there is room for it at all. */
  private hasRoom(held: number, size: number): boolean {
    if (this.total === 0) return true;
    const free = this.options.maxWaiting - this.total;
    return size <= free && (held === 0 || held + size <= free);
  }

  private laneOf(orgId: string, size: number): EventPacker {
    const perSecond = this.rateOf(orgId).add(size, this.now());
    const own = this.bulk.get(orgId);
    // A lane that is left goes on until what is in it has been sent.
    if (perSecond <= this.options.bulkPerSecond / (own ? 2 : 1)) return this.shared;
    if (own) return own;
    this.dropIdleLanes();
    const lane = this.packer((pack) => this.options.sendBulk(pack, orgId));
    this.bulk.set(orgId, lane);
    return lane;
  }

  private dropIdleLanes(): void {
    for (const orgId of this.bulk.keys()) {
      const isIdle = !this.waiting.has(orgId) && this.rateOf(orgId).add(0, this.now()) <= this.options.bulkPerSecond / 2;
      if (isIdle) this.bulk.delete(orgId);
    }
  }

  private rateOf(orgId: string): ByteRate {
    const known = this.rates.get(orgId);
    if (known) return known;
    const rate = new ByteRate();
    this.rates.set(orgId, rate);
    return rate;
  }

  private packer(send: (pack: PackMessage) => Promise<void>): EventPacker {
    const { lingerMs, maxWaiting } = this.options;
    const counted = async (pack: PackMessage): Promise<void> => {
      this.sending += 1;
      try {
        await send(pack);
      } finally {
        this.sending -= 1;
      }
    };
    return new EventPacker({ send: counted, lingerMs, maxWaiting });
  }

  /** Not async: what waits for the queue should be little. */
  private finish(added: Promise<void>, orgId: string, size: number): Promise<void> {
    const release = (): void => this.release(orgId, size);
    // The first to hear of it: whoever waits for `added` finds the room free.
    added.then(release, release);
    return added;
  }

  private release(orgId: string, size: number): void {
    this.total -= size;
    const left = (this.waiting.get(orgId) ?? 0) - size;
    if (left > 0) this.waiting.set(orgId, left);
    else this.waiting.delete(orgId);
  }
}
