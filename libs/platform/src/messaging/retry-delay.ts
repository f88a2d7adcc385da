export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Milliseconds before try `attempt + 1`: doubled each time, with up to a quarter of jitter taken off. */
export function retryDelay(attempt: number, { baseMs, maxMs }: Backoff): number {
  const full = Math.min(baseMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  return full * (1 - Math.random() / 4);
}
