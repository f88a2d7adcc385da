import type { AttemptDecision, AttemptRule } from './attempt-rule.js';

/** Attempts by key, shared by all instances. Each call is atomic, by the store's clock; each rejects when it is down. */
export interface AttemptStore {
  take(key: string, rule: AttemptRule): Promise<AttemptDecision>;
  giveBack(key: string): Promise<void>;
  forget(key: string): Promise<void>;
}
