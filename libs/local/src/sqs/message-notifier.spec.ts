import { expect, it } from 'vitest';
import { MessageNotifier } from './message-notifier.js';

const LONG_MS = 60_000;
const QUEUE = 1;
const stays = new AbortController().signal;

it('a notification wakes as many waits as there are messages, the longest waiting first', async () => {
  const notifier = new MessageNotifier();
  const woken: string[] = [];
  const leave = new AbortController();
  const wait = (name: string) => notifier.wait(QUEUE, 0, LONG_MS, leave.signal).then(() => woken.push(name));
  const waits = [wait('first'), wait('second'), wait('third')];
  notifier.notify(QUEUE, 1);
  notifier.notify(QUEUE, 1);
  await Promise.all(waits.slice(0, 2));
  expect(woken).toEqual(['first', 'second']);
  leave.abort();
  await Promise.all(waits);
});

it('a notification between the look and the wait ends the wait at once', async () => {
  const notifier = new MessageNotifier();
  const version = notifier.version(QUEUE);
  notifier.notify(QUEUE, 1);
  await notifier.wait(QUEUE, version, LONG_MS, stays);
});

it('a wait ends with its time, its caller or the server', async () => {
  const notifier = new MessageNotifier();
  await notifier.wait(QUEUE, 0, 1, stays);
  const leaving = new AbortController();
  const left = notifier.wait(QUEUE, 0, LONG_MS, leaving.signal);
  leaving.abort();
  await left;
  const open = notifier.wait(QUEUE, 0, LONG_MS, stays);
  notifier.close();
  await open;
  await notifier.wait(QUEUE, 0, LONG_MS, stays);
});

it('another queue\'s notification wakes nobody here', async () => {
  const notifier = new MessageNotifier();
  let woken = false;
  const wait = notifier.wait(QUEUE, 0, LONG_MS, stays).then(() => {
    woken = true;
  });
  notifier.notify(QUEUE + 1, 10);
  await new Promise(setImmediate);
  expect(woken).toBe(false);
  notifier.close();
  await wait;
});
