import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelay } from './retry-delay.js';

export interface RetryInPlace {
  /** Whether a dependency is down, so that another delivery would fail the same way. */
  readonly isTransient: (error: unknown) => boolean;
  /** Ends the waiting; the last error is thrown. */
  readonly stopping: AbortSignal;
  /** Told once per piece of work. */
  readonly onOutage: (error: unknown) => void;
}

const backoff = { baseMs: 200, maxMs: 15_000 };

/**
 * Repeats the work while a dependency is down. The message stays in flight (a heartbeat keeps it invisible), so that an
 * outage uses up no deliveries and floods no dead-letter queue.
 */
export async function retryInPlace<T>(work: () => Promise<T>, { isTransient, stopping, onOutage }: RetryInPlace): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || stopping.aborted) throw error;
      if (attempt === 1) onOutage(error);
      await sleep(retryDelay(attempt, backoff), undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) throw error;
    }
  }
}
