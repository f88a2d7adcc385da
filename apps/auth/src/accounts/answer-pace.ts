import { setTimeout as delay } from 'node:timers/promises';

const paceMs = 150;

/**
 * Answers only at multiples of a fixed time, also when the machine is busy: how long the work took would tell whether an
 * address is known.
 */
export async function atPace(work: Promise<void>): Promise<void> {
  const begun = performance.now();
  try {
    await work;
  } finally {
    const took = performance.now() - begun;
    await delay(Math.max(1, Math.ceil(took / paceMs)) * paceMs - took);
  }
}
