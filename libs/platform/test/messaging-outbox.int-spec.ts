import { domainEventEnvelope } from '@atrium/contract-kit';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Database } from '../src/database/index.js';
import { dropOutboxSql, Outbox, OutboxRelay, outboxRows, outboxSchemaSql, type OutboxRelayOptions } from '../src/messaging/index.js';
import { createMetrics } from '../src/telemetry/index.js';
import { type MessagingBench, startMessagingBench } from './messaging-bench.js';
import { note, noteShared, noteWritten } from './messaging-events.js';

let bench: MessagingBench;
let database: Database;
const outbox = new Outbox('auth');
const orgId = uuidv7();
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  bench = await startMessagingBench();
  database = bench.database('auth');
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.superuser.query('truncate auth.outbox');
  await bench.createQueue('users-inbox');
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await drain('users-inbox');
});

function startRelay(options: Partial<OutboxRelayOptions> = {}): OutboxRelay {
  const { sqs, queueUrl, logger } = bench;
  const relay = new OutboxRelay({ database, schema: 'auth', sqs, queueUrl, logger, ...options });
  relays.push(relay);
  relay.start();
  return relay;
}

const publish = (text: string) => database.inTenant(orgId, (tx) => outbox.publish(tx, noteWritten, note(text), { orgId }));

/** Texts of everything that can be received. */
async function drain(queue: string): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const messages = await bench.receive(queue);
    if (messages.length === 0) return texts;
    for (const { Body } of messages) texts.push(noteWritten.data.parse(domainEventEnvelope.parse(JSON.parse(Body ?? '')).data).text);
  }
}

async function rows(): Promise<{ destinations: string[]; attempts: number; parked_reason: string | null }[]> {
  const { rows: found } = await bench.superuser.query('select destinations, attempts, parked_reason from auth.outbox');
  return z.array(z.object({ destinations: z.array(z.string()), attempts: z.number(), parked_reason: z.string().nullable() })).parse(found);
}

const emptied = () => vi.waitFor(async () => expect(await rows()).toEqual([]), { timeout: 5_000, interval: 20 });

describe('what is published', () => {
  it('leaves when its transaction commits and never when it rolls back', async () => {
    startRelay();
    const rolledBack = database.inTenant(orgId, async (tx) => {
      await outbox.publish(tx, noteWritten, note('rolled back'), { orgId });
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await publish('committed');
    await emptied();
    expect(await drain('users-inbox')).toEqual(['committed']);
  });

  it('must match its definition, and sheds fields that the definition does not know', async () => {
    const wrong = database.withoutTenant((tx) => outbox.publish(tx, noteWritten, { note_id: 'x', text: 'a' }, { orgId }));
    await expect(wrong).rejects.toThrow(z.ZodError);
    const data = { ...note('lean'), password_hash: 'never' };
    await database.withoutTenant((tx) => outbox.publish(tx, noteWritten, data, { orgId: null }));
    const { rows: stored } = await bench.superuser.query('select payload::text as payload from auth.outbox');
    expect(JSON.stringify(stored)).not.toContain('password_hash');
  });

  it('keeps characters that PostgreSQL or SQS would refuse', async () => {
    startRelay();
    const text = 'nul \u0000 bell \u0007 end \uffff lone \ud800 face \u{1f600}';
    await publish(text);
    await emptied();
    expect(await drain('users-inbox')).toEqual([text]);
  });

  it('is the same when somebody else writes the rows in a statement of their own', async () => {
    startRelay();
    const text = 'nul \u0000 bell \u0007 end \uffff lone \ud800 face \u{1f600} "quoted" \\';
    const messages = [note(text), note('second')].flatMap((data) => outbox.messages(noteWritten, data, { orgId }));
    const unheard = { id: uuidv7(), destinations: [], payload: '{}' };
    await database.statement(
      `insert into auth.outbox (id, destinations, payload)
       select id, destinations, payload::json from json_to_recordset($1) as (id uuid, destinations text[], payload text)`,
      [outboxRows([...messages, unheard])],
      'test-write-outbox-rows',
    );
    await emptied();
    expect((await drain('users-inbox')).toSorted()).toEqual([text, 'second'].toSorted());
  });

  it('can be neither read nor removed by the role that writes it', async () => {
    await publish('mine');
    for (const sql of ['select * from auth.outbox', 'delete from auth.outbox', 'update auth.outbox set attempts = 0']) {
      await expect(database.dataSource.query(sql)).rejects.toThrow('permission denied');
    }
  });
});

describe('the relay', () => {
  it('sends each row once when several relays share the outbox', async () => {
    await database.withoutTenant(async (tx) => {
      for (let index = 0; index < 250; index++) await outbox.publish(tx, noteWritten, note(`n${index}`), { orgId: null });
    });
    startRelay();
    startRelay();
    startRelay();
    await emptied();
    const texts = await drain('users-inbox');
    expect(texts).toHaveLength(250);
    expect(new Set(texts).size).toBe(250);
  });

  it('sends again what a relay that died had claimed', async () => {
    await publish('orphan');
    await database.dataSource.query(`select * from auth.outbox_claim(100, interval '300 ms')`);
    startRelay({ pollIntervalMs: 50 });
    await emptied();
    expect(await drain('users-inbox')).toEqual(['orphan']);
  });

  it('parks a row that SQS can never take, with the reason, and sends the others', async () => {
    const metrics = createMetrics('auth', { processMetrics: false });
    startRelay({ metrics });
    await publish('x'.repeat(1_100_000));
    await publish('small');
    await vi.waitFor(async () => expect(await rows()).toEqual([expect.objectContaining({ parked_reason: expect.stringContaining('more than SQS takes') })]), 5_000);
    expect(await drain('users-inbox')).toEqual(['small']);
    const text = await metrics.text();
    expect(text).toContain('outbox_parked{service="auth"} 1');
    expect(text).toContain('outbox_pending{service="auth"} 0');
  });

  it('tries again only for the destination that refused', async () => {
    startRelay({ pollIntervalMs: 50 });
    await database.inTenant(orgId, (tx) => outbox.publish(tx, noteShared, note('both'), { orgId }));
    await vi.waitFor(async () => expect(await rows()).toMatchObject([{ destinations: ['mailer-inbox'] }]), 5_000);
    await bench.createQueue('mailer-inbox');
    await emptied();
    expect(await drain('users-inbox')).toEqual(['both']);
    expect(await drain('mailer-inbox')).toEqual(['both']);
  });

  it('goes on after its connections were cut', async () => {
    startRelay({ pollIntervalMs: 100 });
    await publish('before');
    await emptied();
    await bench.superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'auth_app'`);
    await vi.waitFor(() => publish('after'), 5_000);
    await emptied();
    expect(await drain('users-inbox')).toEqual(['before', 'after']);
    const listening = `select 1 from pg_stat_activity where application_name = 'atrium-outbox-listener' and query = 'listen auth_outbox'`;
    await vi.waitFor(async () => expect((await bench.superuser.query(listening)).rowCount).toBe(1), 5_000);
  });

  it('keeps everything while SQS is away, and sends it afterwards', async () => {
    const bringBack = await bench.interruptSqs();
    startRelay({ pollIntervalMs: 50 });
    await publish('early');
    await vi.waitFor(async () => expect((await rows())[0]?.attempts).toBeGreaterThanOrEqual(1), 5_000);
    await publish('late');
    await bringBack();
    await vi.waitFor(async () => expect(await rows()).toEqual([]), { timeout: 15_000, interval: 50 });
    expect((await drain('users-inbox')).toSorted()).toEqual(['early', 'late']);
  });

  it('lets messages that come one after another travel together while many come', async () => {
    await database.withoutTenant(async (tx) => {
      for (let index = 0; index < 90; index++) await outbox.publish(tx, noteWritten, note(`n${index}`), { orgId: null });
    });
    startRelay({ gatherMs: 2_000 });
    await emptied();
    const send = vi.spyOn(bench.sqs, 'send');
    for (let index = 0; index < 8; index++) await publish(`m${index}`);
    await emptied();
    expect(send).toHaveBeenCalledOnce();
    send.mockRestore();
    expect(await drain('users-inbox')).toHaveLength(98);
  });

  it('finishes the batch at hand before it stops', async () => {
    await database.withoutTenant(async (tx) => {
      for (let index = 0; index < 30; index++) await outbox.publish(tx, noteWritten, note(`n${index}`), { orgId: null });
    });
    const relay = startRelay();
    await relay.stop();
    const left = (await rows()).length;
    expect(await drain('users-inbox')).toHaveLength(30 - left);
  });
});

it('the migration can be undone and done again', async () => {
  await bench.superuser.query(dropOutboxSql('auth'));
  await bench.superuser.query(outboxSchemaSql('auth'));
  await publish('again');
  expect(await rows()).toHaveLength(1);
});
