import type { QueueDefinition } from '@atrium/contract-kit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type MessageOutcome, QueueConsumer, type QueueConsumerOptions, type QueueMessage } from '../src/messaging/index.js';
import { createMetrics } from '../src/telemetry/index.js';
import { type MessagingBench, startMessagingBench } from './messaging-bench.js';

let bench: MessagingBench;
let queue: QueueDefinition;
let round = 0;
const running: QueueConsumer<string>[] = [];

beforeAll(async () => {
  bench = await startMessagingBench('fauxqs');
});
afterAll(() => bench.stop());
beforeEach(async () => {
  queue = await bench.createQueue(`packs-${round++}`);
});
afterEach(async () => void (await Promise.all(running.splice(0).map((one) => one.stop()))));

function consume(handler: QueueConsumerOptions<string>['handler'], options: Partial<QueueConsumerOptions<string>> = {}): void {
  const { sqs, queueUrl, logger } = bench;
  const parse = (body: string) => body.toUpperCase();
  const made = new QueueConsumer({ queue, sqs, queueUrl, logger, parse, handler, retryDelaySeconds: () => 0, ...options });
  running.push(made);
  made.start();
}

const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 8_000, interval: 20 });
const empty = (name: string) => within(async () => expect(await bench.depth(name)).toEqual({ ready: 0, inFlight: 0 }));

it('a batch handler decides about each of its messages', async () => {
  const metrics = createMetrics('events', { processMetrics: false });
  const seen: string[] = [];
  const outcomeOf = ({ body, receiveCount }: QueueMessage<string>): MessageOutcome => {
    seen.push(body);
    if (body === 'BAD') return { kind: 'dead', reason: 'rows of another shape' };
    if (body === 'LATER' && receiveCount === 1) return { kind: 'retry', error: new Error('not yet') };
    return { kind: 'done' };
  };
  await bench.send(queue.name, 'good', 'bad', 'later');
  consume({ handleBatch: async (messages) => messages.map(outcomeOf) }, { metrics });
  await empty(queue.name);
  expect(seen.toSorted()).toEqual(['BAD', 'GOOD', 'LATER', 'LATER']);
  const dead = await bench.receive(`${queue.name}-dlq`);
  expect(dead.map((message) => [message.Body, message.MessageAttributes?.['reason']?.StringValue])).toEqual([['bad', 'rows of another shape']]);
  const text = await metrics.text();
  for (const [outcome, count] of [['handled', 2], ['failed', 1], ['dead_lettered', 1]]) {
    expect(text).toContain(`queue_messages_total{queue="${queue.name}",outcome="${outcome}",service="events"} ${count}`);
  }
});

it('a batch handler that fails sees all of its messages again', async () => {
  let calls = 0;
  await bench.send(queue.name, 'a', 'b');
  consume({
    handleBatch: async (messages) => {
      if (++calls === 1) throw new Error('first call');
      return messages.map(() => ({ kind: 'done' }) as const);
    },
  });
  await empty(queue.name);
  expect(await bench.depth(`${queue.name}-dlq`)).toEqual({ ready: 0, inFlight: 0 });
});

it('a message for which a batch handler gives no outcome is delivered again', async () => {
  let calls = 0;
  await bench.send(queue.name, 'a');
  consume({ handleBatch: async () => (++calls === 1 ? [] : [{ kind: 'done' }]) });
  await empty(queue.name);
  expect(calls).toBe(2);
});

it('a failed message comes back after its delay, not before', async () => {
  const deliveries: number[] = [];
  await bench.send(queue.name, 'slow down');
  const handle = async (): Promise<void> => {
    deliveries.push(performance.now());
    if (deliveries.length < 2) throw new Error('not yet');
  };
  consume({ handle }, { retryDelaySeconds: (receiveCount) => receiveCount });
  await empty(queue.name);
  const [first = 0, second = 0] = deliveries;
  expect(second - first).toBeGreaterThan(900);
});

it('failures of one message leave the others of its batch done', async () => {
  const handled: string[] = [];
  await bench.send(queue.name, 'a', 'fails', 'b');
  consume(
    {
      handle: async ({ body }) => {
        if (body === 'FAILS') throw new Error('this one');
        handled.push(body);
      },
    },
    { retryDelaySeconds: () => 600 },
  );
  await within(async () => expect(await bench.depth(queue.name)).toEqual({ ready: 0, inFlight: 1 }));
  expect(handled.toSorted()).toEqual(['A', 'B']);
});

it('nothing is received before it may be, and waiting for that does not keep it from stopping', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const handled: string[] = [];
  await bench.send(queue.name, 'later');
  const asked: AbortSignal[] = [];
  consume({ handle: async ({ body }) => void handled.push(body) }, { beforeReceive: async (stopping) => { asked.push(stopping); await gate; } });
  await within(() => expect(asked).toHaveLength(1));
  expect(await bench.depth(queue.name)).toEqual({ ready: 1, inFlight: 0 });
  open();
  await empty(queue.name);
  expect(handled).toEqual(['LATER']);
  await running.pop()?.stop();
  expect(asked[0]?.aborted).toBe(true);
});
