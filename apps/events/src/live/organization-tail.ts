import type { LiveSource, Sighting } from './live-source.js';
import type { LiveStream } from './live-stream.js';
import { maxFetched, maxRemembered, overlapSeconds, resumeSeconds } from './live-limits.js';

const positionPattern = /^(\d{13})\.(\d{1,20})$/;

/**
 * The newest events of one organization, looked for once for all of its streams. What was seen is remembered, so that
 * each look may go back a little, for rows that appear late, and a stream may go on where it broke.
 */
export class OrganizationTail {
  readonly streams = new Set<LiveStream>();
  /** In the order in which they were seen. */
  private readonly seen = new Map<string, Sighting>();
  private lookedAt: number | undefined;
  /** One thing at a time, so that every stream gets events in the order in which they were seen. */
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = false;

  constructor(
    private readonly orgId: string,
    private readonly source: LiveSource,
  ) {}

  /** Begins with what comes from now on or, given the id of a message, with all that came after it. */
  join(stream: LiveStream, lastEventId: string | undefined): Promise<void> {
    return this.inTurn(async () => {
      const now = await this.lookOnce();
      if (lastEventId !== undefined) await this.goOn(stream, lastEventId, now);
      this.streams.add(stream);
    });
  }

  /** Looks for new events and sends them. One look that waits for its turn is enough. */
  async look(): Promise<void> {
    if (this.waiting) return;
    this.waiting = true;
    await this.inTurn(async () => {
      this.waiting = false;
      await this.lookOnce();
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** What could not be sent counts as not seen: the next look finds it again, however long that takes. */
  private async lookOnce(): Promise<number> {
    const now = await this.source.now(this.orgId);
    const since = (this.lookedAt ?? now) - overlapSeconds * 1000;
    const fresh = (await this.source.sightings(this.orgId, since)).filter(({ key }) => !this.seen.has(key));
    await this.deliver(fresh, [...this.streams]);
    this.lookedAt = now;
    for (const one of fresh) this.seen.set(one.key, one);
    this.forget(now);
    return now;
  }

  private async deliver(fresh: readonly Sighting[], streams: readonly LiveStream[]): Promise<void> {
    const wanted = fresh.filter((one) => streams.some((stream) => stream.wants(one)));
    const chosen = wanted.slice(-maxFetched);
    for (const one of wanted.slice(0, -maxFetched)) streams.filter((stream) => stream.wants(one)).forEach((stream) => stream.drop(1));
    const events = await this.source.fetch(this.orgId, chosen);
    for (const one of chosen) {
      const event = events.get(one.key);
      // Erased since.
      if (event) streams.filter((stream) => stream.wants(one)).forEach((stream) => stream.send(event));
    }
  }

  private async goOn(stream: LiveStream, lastEventId: string, now: number): Promise<void> {
    const [, at, key] = positionPattern.exec(lastEventId) ?? [];
    if (at === undefined || key === undefined || Number(at) < now - resumeSeconds * 1000 || Number(at) > now + 60_000) return stream.tellGap();
    if (this.seen.has(key)) {
      const all = [...this.seen.values()];
      return this.deliver(all.slice(all.findIndex((one) => one.key === key) + 1), [stream]);
    }
    // Another process sent the message, or this one before it restarted: from the database, and some may come twice.
    const stored = await this.source.sightings(this.orgId, Number(at) - overlapSeconds * 1000);
    return this.deliver(stored.filter((one) => one.key !== key && this.seenOrOlder(one, now)), [stream]);
  }

  /** What the last look has not seen yet comes with the next one. */
  private seenOrOlder({ key, at }: Sighting, now: number): boolean {
    return this.seen.has(key) || at < now - overlapSeconds * 1000;
  }

  private forget(now: number): void {
    for (const [key, { at }] of this.seen) {
      if (this.seen.size <= maxRemembered && at >= now - resumeSeconds * 1000) return;
      this.seen.delete(key);
    }
  }
}
