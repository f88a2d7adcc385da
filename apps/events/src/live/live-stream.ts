import type { FileBody } from '@atrium/contract-kit';
import type { LiveEvent, Sighting } from './live-source.js';
import { burstSeconds, heartbeatEvery, maxPerSecond, maxWaiting } from './live-limits.js';

export interface LiveFilter {
  readonly events: readonly string[] | undefined;
  readonly sites: 'all' | readonly string[];
}

export type EndReason = 'token_expired' | 'access_ended' | 'service_restarts';

const message = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What one client is sent: messages that wait for it, bounded, and a heartbeat while there are none. */
export class LiveStream implements FileBody {
  private readonly waiting: string[] = ['retry: 1000\n: connected\n\n'];
  private wake: (() => void) | undefined;
  private left = false;
  private ending = false;
  private dropped = 0;
  private allowance = maxPerSecond * burstSeconds;
  private refilledAt = performance.now();

  /** `onLeave` is called once, when the stream is over, whoever ended it. */
  constructor(
    readonly filter: LiveFilter,
    private readonly onLeave: () => void,
  ) {}

  wants({ event, site_id }: Pick<Sighting, 'event' | 'site_id'>): boolean {
    const { events, sites } = this.filter;
    return (events === undefined || events.includes(event)) && (sites === 'all' || sites.includes(site_id));
  }

  send({ key, at, body }: LiveEvent): void {
    if (!this.takeTurn() || this.waiting.length >= maxWaiting) return this.drop(1);
    this.tellDropped();
    this.push(`id: ${at}.${key}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  /** So many events are not sent; said before the next one that is, or with the next heartbeat. */
  drop(count: number): void {
    this.dropped += count;
  }

  /** Events since some time can't be shown again. */
  tellGap(): void {
    this.push(message('gap', { reason: 'Last-Event-ID is unknown or too old; the stream begins now' }));
  }

  end(reason: EndReason): void {
    if (this.ending) return;
    this.tellDropped();
    this.push(message('end', { reason }));
    this.ending = true;
    this.wake?.();
  }

  /** Tells, once in a while, that the stream stands, and what was left out. */
  beat(): void {
    if (this.dropped > 0 && this.waiting.length < maxWaiting) this.tellDropped();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return { next: () => this.next(), return: () => this.leave() };
  }

  private async next(): Promise<IteratorResult<string>> {
    for (;;) {
      if (this.left) return { done: true, value: undefined };
      if (this.waiting.length > 0) return { done: false, value: this.waiting.splice(0).join('') };
      if (this.ending) return this.leave();
      const woken = await this.rest();
      if (!woken) return { done: false, value: ': heartbeat\n\n' };
    }
  }

  /** Resolves to whether there is something before the next heartbeat is due. */
  private rest(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (woken: boolean) => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve(woken);
      };
      const timer = setTimeout(() => settle(false), heartbeatEvery);
      this.wake = () => settle(true);
    });
  }

  private leave(): Promise<IteratorResult<string>> {
    if (!this.left) {
      this.left = true;
      this.onLeave();
      this.wake?.();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  private takeTurn(): boolean {
    const now = performance.now();
    this.allowance = Math.min(maxPerSecond * burstSeconds, this.allowance + ((now - this.refilledAt) / 1000) * maxPerSecond);
    this.refilledAt = now;
    if (this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }

  private tellDropped(): void {
    if (this.dropped === 0) return;
    const count = this.dropped;
    this.dropped = 0;
    this.push(message('dropped', { count }));
  }

  private push(text: string): void {
    if (this.ending || this.left) return;
    this.waiting.push(text);
    this.wake?.();
  }
}
