export interface CounterDelta {
  readonly key: string;
  readonly delta: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Counts that only grow, shared by all instances. Answers come in the order of the question. */
export interface CounterStore {
  /** Counts at hand; 0 for unknown keys. */
  read(keys: readonly string[]): Promise<number[]>;
  /** Adds to distinct keys in one round trip and gives the sums, with what other instances added. */
  add(deltas: readonly CounterDelta[]): Promise<number[]>;
}
