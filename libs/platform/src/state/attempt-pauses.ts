import { LRUCache } from 'lru-cache';
import { type AttemptDecision, type AttemptRule, type AttemptState, giveBackAttempt, takeAttempt } from './attempt-rule.js';
import type { AttemptStore } from './attempt-store.js';
import { OutageLog } from './outage-log.js';
import { storeKey } from './store-key.js';

/** Keys that an instance holds by itself while the store is down. */
const maxLocalKeys = 20_000;

/**
 * Attempts that may not be repeated at will: after each round of them a pause that doubles. Counted before the attempt,
 * atomically and for all instances, so that many at once get no further than one after another. A key belongs to one
 * rule. While the store is down, each instance counts for itself.
 */
export class AttemptPauses {
  private readonly outage = new OutageLog('attempts');
  private readonly local = new LRUCache<string, AttemptState>({ max: maxLocalKeys });

  constructor(private readonly store: AttemptStore) {}

  /** Counts the attempt unless its key pauses; a refused one changes nothing. */
  take(key: string, rule: AttemptRule): Promise<AttemptDecision> {
    return this.ask(
      () => this.store.take(storeKey(key), rule),
      () => {
        const { state, decision } = takeAttempt(this.local.get(key), rule, Date.now());
        this.local.set(key, state);
        return decision;
      },
    );
  }

  /** Takes one attempt, and the pause that it began, off the count: it was none of those to be counted. */
  giveBack(key: string): Promise<void> {
    return this.ask(
      () => this.store.giveBack(storeKey(key)),
      () => {
        const held = this.local.get(key);
        if (held) this.local.set(key, giveBackAttempt(held));
      },
    );
  }

  /** The count begins anew. */
  forget(key: string): Promise<void> {
    return this.ask(
      () => this.store.forget(storeKey(key)),
      () => void this.local.delete(key),
    );
  }

  private async ask<T>(store: () => Promise<T>, local: () => T): Promise<T> {
    try {
      const answer = await store();
      this.outage.worked();
      return answer;
    } catch (error) {
      this.outage.failed(error);
      return local();
    }
  }
}
