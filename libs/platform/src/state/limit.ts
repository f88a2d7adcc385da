/** So many requests in each window of so many seconds. */
export interface Limit {
  readonly requests: number;
  readonly windowSeconds: number;
}

export interface LimitDecision {
  readonly allowed: boolean;
  readonly limit: number;
  /** Requests left in the window at hand. */
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
}
