import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 50;

/**
 * Asks until there is an answer, or the time is over: for what another service tells by an event that may still be on
 * its way.
 */
export async function pollUntil<T>(ask: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= end) return answer;
    await delay(intervalMs);
  }
}
