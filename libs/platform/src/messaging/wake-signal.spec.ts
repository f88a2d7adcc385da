import { expect, it } from 'vitest';
import { WakeSignal } from './wake-signal.js';

const long = 60_000;

it('wakes a waiter early', async () => {
  const signal = new WakeSignal();
  const waiting = signal.wait(long);
  signal.wake();
  await waiting;
});

it('keeps a wake for the next wait, once', async () => {
  const signal = new WakeSignal();
  signal.wake();
  signal.wake();
  await signal.wait(long);
  const before = performance.now();
  await signal.wait(5);
  expect(performance.now() - before).toBeGreaterThanOrEqual(4);
});
