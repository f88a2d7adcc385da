import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is neither undefined nor false. Throws after `seconds`, with the last error if any. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  { seconds = 20, everyMs = 50 }: { seconds?: number; everyMs?: number } = {},
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await delay(everyMs);
  }
  throw new Error(`${what}: not within ${seconds} s`, { cause: last });
}
