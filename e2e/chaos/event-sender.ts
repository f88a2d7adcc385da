import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestAnswer } from '@atrium/contracts/events';
import { between, type Random, seededRandom } from './seeded-random.js';

/** What a client knows of its events, by id, for one event name. */
export interface Ledger {
  readonly event: string;
  readonly acknowledged: Set<string>;
  readonly refused: Set<string>;
  /** Given up without an answer: they may be there or not. */
  readonly unanswered: Set<string>;
}

export const emptyLedger = (event: string): Ledger => ({ event, acknowledged: new Set(), refused: new Set(), unanswered: new Set() });

interface Body {
  readonly ids: readonly string[];
  readonly json: string;
  readonly writeKey: string;
}

const rejectionOf = (status: number): boolean => status >= 400 && status < 500 && status !== 429;

/** Sends as a careful client does: what had no answer, or "not now", is sent again with the same ids. */
export class EventSender {
  /** Answers that no client should get, whatever is killed. */
  readonly surprises: string[] = [];
  resent = 0;

  private readonly random: Random;

  constructor(
    private readonly url: string,
    private readonly writeKey: string,
    private readonly ledger: Ledger,
    seed: number,
  ) {
    this.random = seededRandom(seed);
  }

  /** Until `stopping`; what is under way then gets until `giveUp`. */
  async run(stopping: AbortSignal, giveUp: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const roll = this.random();
      if (roll < 0.05) await this.deliver(this.body(1, 'of nobody'), true, giveUp);
      else if (roll < 0.1) await this.deliver(this.single('2001-01-01T00:00:00Z'), true, giveUp);
      else if (roll < 0.4) await this.deliver(this.single(), false, giveUp);
      else await this.deliver(this.body(between(this.random, 2, 60), this.writeKey), false, giveUp);
      await delay(between(this.random, 20, 120));
    }
  }

  private async deliver(body: Body, mustBeRefused: boolean, giveUp: AbortSignal): Promise<void> {
    for (let attempt = 0; !giveUp.aborted; attempt++) {
      if (attempt > 0) this.resent += 1;
      const outcome = await this.attempt(body, giveUp);
      if (outcome === 'again') {
        await delay(between(this.random, 50, 500));
        continue;
      }
      if (mustBeRefused !== (outcome === 'refused')) this.surprises.push(`${outcome}: ${body.json.slice(0, 200)}`);
      return;
    }
    for (const id of body.ids) this.ledger.unanswered.add(id);
  }

  private async attempt({ ids, json, writeKey }: Body, giveUp: AbortSignal): Promise<'again' | 'refused' | 'acknowledged'> {
    // Some clients have little patience: their first request may well go on without them.
    const patience = AbortSignal.timeout(this.random() < 0.1 ? between(this.random, 5, 100) : 5_000);
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-write-key': writeKey },
        body: json,
        signal: AbortSignal.any([patience, giveUp]),
      });
      const answer: unknown = await response.json();
      if (rejectionOf(response.status)) {
        for (const id of ids) this.ledger.refused.add(id);
        return 'refused';
      }
      if (response.status !== 202) return 'again';
      this.note(ids, new Set(ingestAnswer.parse(answer).rejected.map(({ index }) => index)));
      return 'acknowledged';
    } catch {
      return 'again';
    }
  }

  private note(ids: readonly string[], rejected: ReadonlySet<number>): void {
    ids.forEach((id, index) => (rejected.has(index) ? this.ledger.refused : this.ledger.acknowledged).add(id));
  }

  private single(timestamp = new Date().toISOString()): Body {
    const event = this.event(timestamp);
    return { ids: [event.event_id], json: JSON.stringify(event), writeKey: this.writeKey };
  }

  /** Of the events some lie months back, in other parts of the table, and some too far back. */
  private body(count: number, writeKey: string): Body {
    const batch = Array.from({ length: count }, () => {
      const roll = this.random();
      const daysBack = roll < 0.05 ? 10_000 : roll < 0.3 ? between(this.random, 1, 150) : 0;
      return this.event(new Date(Date.now() - daysBack * 86_400_000).toISOString());
    });
    return { ids: batch.map(({ event_id }) => event_id), json: JSON.stringify({ batch }), writeKey };
  }

  private event(timestamp: string) {
    const properties = { price: between(this.random, 1, 9_999) / 100, note: 'x'.repeat(between(this.random, 0, 200)) };
    return { event_id: randomUUID(), event: this.ledger.event, user_id: `user-${between(this.random, 1, 50)}`, timestamp, properties };
  }
}
