import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueDefinition } from '@atrium/contract-kit';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { currentContext, runInContext } from '../src/context/index.js';
import type { Database, Transaction } from '../src/database/index.js';
import { DomainEventConsumer, type DomainEventConsumerOptions, Outbox, OutboxRelay, PoisonMessageError, redriveDeadLetters } from '../src/messaging/index.js';
import { createMetrics, currentTraceId, startTelemetry, withSpan } from '../src/telemetry/index.js';
import { deferred, type MessagingBench, startMessagingBench } from './messaging-bench.js';
import { note, noteMessage, noteWritten } from './messaging-events.js';

let bench: MessagingBench;
let database: Database;
let queue: QueueDefinition;
const running: { stop(): Promise<void> }[] = [];
let round = 0;

beforeAll(async () => {
  bench = await startMessagingBench();
  database = bench.database('users');
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.superuser.query('truncate users.effects');
  queue = await bench.createQueue(`users-inbox-${round++}`);
});
afterEach(async () => void (await Promise.all(running.splice(0).map((one) => one.stop()))));

function consumer(options: Partial<DomainEventConsumerOptions> = {}): DomainEventConsumer {
  const { sqs, queueUrl, logger } = bench;
  const made = new DomainEventConsumer({ queue, sqs, queueUrl, logger, database, schema: 'users', retryDelaySeconds: () => 0, ...options });
  running.push(made);
  return made;
}

/** The effect of a note: a row in the service's own table. */
const keep = (tx: Transaction, text: string, orgId: string | null) =>
  tx.manager.query('insert into users.effects (org_id, note) values ($1, $2)', [orgId, text]);

const keepNotes = (made: DomainEventConsumer): DomainEventConsumer =>
  made.on(noteWritten, async (tx, data, envelope) => void (await keep(tx, data.text, envelope.org_id)));

async function effects(): Promise<string[]> {
  const { rows } = await bench.superuser.query('select note from users.effects order by note');
  return z.array(z.object({ note: z.string() })).parse(rows).map((row) => row.note);
}

const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 8_000, interval: 20 });
const empty = (name: string) => within(async () => expect(await bench.depth(name)).toEqual({ ready: 0, inFlight: 0 }));

describe('one effect', () => {
  it('for each event, however often and in whatever order it comes', async () => {
    const metrics = createMetrics('users', { processMetrics: false });
    const messages = ['a', 'b', 'c', 'd'].map((text) => noteMessage({ data: note(text) }));
    const copies = [...messages, ...messages.toReversed(), ...messages].toSorted(() => Math.random() - 0.5);
    await bench.send(queue.name, ...copies);
    keepNotes(consumer({ metrics, pollers: 3 })).start();
    await empty(queue.name);
    expect(await effects()).toEqual(['a', 'b', 'c', 'd']);
    expect(await metrics.text()).toContain(`inbox_duplicates_total{queue="${queue.name}",service="users"} 8`);
  });

  it('when the handler fails after its writes and succeeds at the next delivery', async () => {
    let calls = 0;
    await bench.send(queue.name, noteMessage({ data: note('once') }));
    const made = consumer().on(noteWritten, async (tx, data, envelope) => {
      await keep(tx, data.text, envelope.org_id);
      if (++calls === 1) throw new Error('failed after the insert');
    });
    made.start();
    await empty(queue.name);
    expect(calls).toBe(2);
    expect(await effects()).toEqual(['once']);
  });
});

describe('a message that nobody can handle', () => {
  const poison: Record<string, [string, RegExp]> = {
    'no JSON': ['{oops', /not JSON/],
    'no envelope': ['{"hello":1}', /^envelope: id/],
    'an unknown type': [noteMessage({ type: 'note.burnt' }), /no handler for note\.burnt version 1/],
    'an unknown version': [noteMessage({ version: 2 }), /no handler for note\.written version 2/],
    'data of another shape': [noteMessage({ data: { note_id: 'x', text: 5 } }), /^note\.written: note_id .*; text /],
    'what the handler calls poison': [noteMessage({ data: note('cursed') }), /^cursed$/],
  };

  it('goes to the dead-letter queue with its reason at once, while the others flow', async () => {
    const good = ['a', 'b', 'c'].map((text) => noteMessage({ data: note(text) }));
    const bad = Object.values(poison).map(([body]) => body);
    await bench.send(queue.name, ...bad.slice(0, 3), ...good, ...bad.slice(3));
    const made = consumer().on(noteWritten, async (tx, data, envelope) => {
      if (data.text === 'cursed') throw new PoisonMessageError('cursed');
      await keep(tx, data.text, envelope.org_id);
    });
    made.start();
    await empty(queue.name);
    expect(await effects()).toEqual(['a', 'b', 'c']);
    const dead = await bench.receive(`${queue.name}-dlq`);
    expect(dead).toHaveLength(bad.length);
    for (const [body, reason] of Object.values(poison)) {
      const letter = dead.find((message) => message.Body === body);
      expect(letter?.MessageAttributes?.['reason']?.StringValue).toMatch(reason);
      expect(letter?.MessageAttributes?.['source_queue']?.StringValue).toBe(queue.name);
    }
  });

  it('stays in its queue when there is no dead-letter queue to take it', async () => {
    const { sqs } = bench;
    const queueUrl = (name: string) => bench.queueUrl(name.endsWith('-dlq') ? 'missing' : name);
    await bench.send(queue.name, '{oops');
    consumer({ sqs, queueUrl, retryDelaySeconds: () => 60 }).start();
    await within(() => expect(bench.log.join('')).toContain('could not be moved to the dead-letter queue'));
    expect(await bench.depth(queue.name)).toEqual({ ready: 0, inFlight: 1 });
  });
});

describe('after the mend', () => {
  it('dead letters are redriven to their queue and have their effect', async () => {
    await bench.send(queue.name, noteMessage({ data: note('mended') }));
    const broken = consumer();
    broken.start();
    await within(async () => expect(await bench.depth(`${queue.name}-dlq`)).toEqual({ ready: 1, inFlight: 0 }));
    await broken.stop();
    keepNotes(consumer()).start();
    await redriveDeadLetters(bench.sqs, bench.queueUrl(`${queue.name}-dlq`), bench.queueUrl(queue.name));
    await within(async () => expect(await effects()).toEqual(['mended']));
  });

  it('a consumer goes on by itself when SQS is back', async () => {
    keepNotes(consumer()).start();
    await bench.send(queue.name, noteMessage({ data: note('before') }));
    await within(async () => expect(await effects()).toEqual(['before']));
    const bringBack = await bench.interruptSqs();
    await within(() => expect(bench.log.join('')).toContain('could not be reached'));
    await bringBack();
    await bench.send(queue.name, noteMessage({ data: note('behind') }));
    await vi.waitFor(async () => expect(await effects()).toEqual(['before', 'behind']), { timeout: 15_000, interval: 50 });
  });
});

describe('a handler that fails', () => {
  it('sees the message again until the queue gives up, and then the redrive policy takes it', async () => {
    queue = await bench.createQueue(`users-inbox-${round++}`, { maxReceives: 3 });
    const handler = vi.fn(() => Promise.reject(new Error('always')));
    await bench.send(queue.name, noteMessage());
    consumer().on(noteWritten, handler).start();
    await within(async () => expect(await bench.depth(`${queue.name}-dlq`)).toEqual({ ready: 1, inFlight: 0 }));
    expect(handler).toHaveBeenCalledTimes(3);
  });

  it('keeps the message while a dependency is down, so that an outage uses up no deliveries', async () => {
    queue = await bench.createQueue(`users-inbox-${round++}`, { maxReceives: 1 });
    let failures = 3;
    await bench.send(queue.name, noteMessage({ data: note('patient') }));
    const made = consumer().on(noteWritten, async (tx, data, envelope) => {
      if (failures-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      await keep(tx, data.text, envelope.org_id);
    });
    made.start();
    await empty(queue.name);
    expect(await effects()).toEqual(['patient']);
    expect(await bench.depth(`${queue.name}-dlq`)).toEqual({ ready: 0, inFlight: 0 });
  });

  it('that is merely slow keeps its message past the visibility timeout', async () => {
    queue = await bench.createQueue(`users-inbox-${round++}`, { visibility: 1 });
    const handler = vi.fn(() => sleep(2_500));
    await bench.send(queue.name, noteMessage());
    consumer({ pollers: 2 }).on(noteWritten, handler).start();
    await empty(queue.name);
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

describe('stopping', () => {
  it('ends an idle consumer at once', async () => {
    const made = keepNotes(consumer());
    made.start();
    const before = performance.now();
    await made.stop();
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('finishes what is at hand and leaves the rest to others', async () => {
    const release = deferred();
    await bench.send(queue.name, ...Array.from({ length: 15 }, (_, index) => noteMessage({ data: note(`n${index}`) })));
    const handler = vi.fn(async (tx: Transaction, data: { text: string }) => {
      await release.promise;
      await keep(tx, data.text, null);
    });
    const made = consumer().on(noteWritten, handler);
    made.start();
    await within(() => expect(handler).toHaveBeenCalledTimes(10));
    const stopped = made.stop();
    release.resolve();
    await stopped;
    expect(await effects()).toHaveLength(10);
    expect(await bench.depth(queue.name)).toEqual({ ready: 5, inFlight: 0 });
  });

  it('gives back what does not finish in time', async () => {
    const release = deferred();
    await bench.send(queue.name, noteMessage());
    const handler = vi.fn(() => release.promise);
    const made = consumer({ stopGraceMs: 100 }).on(noteWritten, handler);
    made.start();
    await within(() => expect(handler).toHaveBeenCalled());
    await made.stop();
    expect(await bench.depth(queue.name)).toEqual({ ready: 1, inFlight: 0 });
    release.resolve();
  });
});

describe('from publisher to handler', () => {
  const authOutbox = new Outbox('auth');
  const orgId = uuidv7();

  function startRelay(pollIntervalMs = 1_000): void {
    const { sqs, logger } = bench;
    const relay = new OutboxRelay({ database: bench.database('auth'), schema: 'auth', sqs, logger, queueUrl: () => bench.queueUrl(queue.name), pollIntervalMs });
    running.push(relay);
    relay.start();
  }

  const publish = (text: string) =>
    bench.database('auth').inTenant(orgId, (tx) => authOutbox.publish(tx, noteWritten, note(text), { orgId }));

  it('carries the request id, the trace and the organization', async () => {
    const telemetry = startTelemetry({ service: 'test' });
    const seen = vi.fn();
    const made = consumer().onInTenant(noteWritten, async (tx) => {
      const [row] = z.array(z.object({ org: z.string() })).parse(await tx.manager.query(`select current_setting('app.org_id') as org`));
      seen({ context: currentContext(), trace: currentTraceId(), org: row?.org, tenant: tx.orgId });
    });
    made.start();
    startRelay();
    const trace = await runInContext({ requestId: 'r-42' }, () =>
      withSpan('request', {}, async () => {
        await publish('traced');
        return currentTraceId();
      }),
    );
    await within(() => expect(seen).toHaveBeenCalledWith({ context: { requestId: 'r-42', orgId }, trace, org: orgId, tenant: orgId }));
    await telemetry.shutdown();
  });

  it('wakes the relay and the consumer long before the relay would poll', async () => {
    const handled = new Map<string, () => void>();
    const made = consumer().on(noteWritten, async (_tx, data) => handled.get(data.text)?.());
    made.start();
    startRelay(60_000);
    await publish('warm-up');
    const times: number[] = [];
    for (let index = 0; index < 20; index++) {
      const arrived = deferred();
      handled.set(`n${index}`, arrived.resolve);
      const before = performance.now();
      await publish(`n${index}`);
      await arrived.promise;
      times.push(performance.now() - before);
    }
    const median = times.toSorted((a, b) => a - b)[10] ?? Infinity;
    console.log(`publish to handled: median ${median.toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`);
    expect(median).toBeLessThan(1_000);
  });

  it('has one effect when the relay died between sending and noting it', async () => {
    const metrics = createMetrics('users', { processMetrics: false });
    await publish('twice');
    // A relay that sent the row and died before it could say so leaves a copy in the queue and the row in the outbox.
    const { rows } = await bench.superuser.query('select payload::text as payload from auth.outbox');
    await bench.send(queue.name, z.array(z.object({ payload: z.string() })).parse(rows)[0]?.payload ?? '');
    startRelay();
    keepNotes(consumer({ metrics })).start();
    await within(async () => expect(await metrics.text()).toContain(`inbox_duplicates_total{queue="${queue.name}",service="users"} 1`));
    await empty(queue.name);
    expect(await effects()).toEqual(['twice']);
  });
});
