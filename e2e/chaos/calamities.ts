import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, pass } from '@atrium/testing';
import type { ChaosPlatform } from './chaos-platform.js';
import type { IngestQueue } from './ingest-queue.js';
import { between, type Random, shuffled } from './seeded-random.js';

/** What goes wrong with an insert now and then, as long as the chaos lasts. */
export function restlessInserts(random: Random): () => Fault {
  return () => {
    const roll = random();
    if (roll < 0.1) return { kind: 'lose' };
    if (roll < 0.13) return { kind: 'lose', afterMs: 1_000 };
    if (roll < 0.17) return { kind: 'refuse' };
    if (roll < 0.2) return { kind: 'answer', status: 503, body: 'upstream connect error' };
    return pass;
  };
}

type Calamity = readonly [name: string, strike: () => Promise<unknown>];

/** The worker dies when its insert is done and its messages are not deleted yet. */
async function killBetweenInsertAndDelete(chaos: ChaosPlatform): Promise<void> {
  const usual = chaos.insertFault;
  const isLost = new Promise<void>((resolve) => (chaos.proxy.onLost = resolve));
  chaos.insertFault = () => ({ kind: 'lose', afterMs: 2_000 });
  // Without events there is no insert: then this does nothing.
  await Promise.race([isLost, delay(10_000)]);
  await chaos.kill('events_worker');
  chaos.insertFault = usual;
  chaos.proxy.onLost = () => undefined;
}

const calamities = (chaos: ChaosPlatform, queue: IngestQueue): readonly Calamity[] => [
  ['kill the events API', () => chaos.kill('events')],
  ['kill the worker', () => chaos.kill('events_worker')],
  ['kill the worker between insert and delete', () => killBetweenInsertAndDelete(chaos)],
  ['kill ClickHouse', () => chaos.kill('clickhouse')],
  ['kill PostgreSQL, and so the queue', () => chaos.kill('postgres')],
  ['deliver packs later and in another order', () => queue.snatch(2)],
  ['deliver packs twice', () => queue.duplicate()],
  ['deliver packs twice, again', () => queue.duplicate()],
];

/**
 * Strikes in an order that the seed decides until the time is over, at least once each; half-way everything loses power.
 * Resolves with what was done.
 */
export async function rage(chaos: ChaosPlatform, queue: IngestQueue, random: Random, milliseconds: number): Promise<string[]> {
  const done: string[] = [];
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  const strike = async ([name, act]: Calamity): Promise<void> => {
    const second = Math.round(elapsed() / 1000);
    // The queue may be away just then.
    const outcome = await act().then((result) => (typeof result === 'number' ? ` (${result})` : ''), () => ' (in vain)');
    done.push(`${second} s: ${name}${outcome}`);
    await delay(between(random, 1_500, 3_500));
    // Down, it begins with merges anyway.
    await chaos.stopMerges().catch(() => undefined);
  };
  let powerLost = false;
  do {
    for (const calamity of shuffled(random, calamities(chaos, queue))) {
      await strike(calamity);
      if (powerLost || elapsed() < milliseconds / 2) continue;
      powerLost = true;
      await strike(['lose power', () => chaos.losePower()]);
    }
  } while (elapsed() < milliseconds);
  return done;
}
