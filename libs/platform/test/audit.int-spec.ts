import { type AuditEntry, auditEntry, domainEvent, domainEventEnvelope } from '@atrium/contract-kit';
import { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditBuffer, AuditTrail, RecordedDenials } from '../src/audit/index.js';
import { runInContext } from '../src/context/index.js';
import type { Database } from '../src/database/index.js';
import { createLogger } from '../src/logging/index.js';
import { Outbox } from '../src/messaging/index.js';
import { createMetrics, type Metrics } from '../src/telemetry/index.js';
import { type MessagingBench, startMessagingBench } from './messaging-bench.js';

const recorded = domainEvent({ type: 'audit.recorded', version: 1, publisher: 'any', subscribers: ['users'], streams: [{ name: 'stream', visibilityTimeoutSeconds: 1, maxReceiveCount: 1 }], data: auditEntry });
const trail = new AuditTrail(new Outbox('auth'), recorded);
const orgId = uuidv7();
const actor: AuditEntry['actor'] = { kind: 'user', id: uuidv7(), session_id: uuidv7() };

let bench: MessagingBench;
let database: Database;
let metrics: Metrics;
let buffer: AuditBuffer;
let lines: string[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  bench = await startMessagingBench();
  database = bench.database('auth');
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.superuser.query('truncate auth.outbox');
  vi.useFakeTimers({ toFake: ['Date'] });
  lines = [];
  metrics = createMetrics('test', { processMetrics: false });
  const logger = createLogger({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } });
  buffer = new AuditBuffer(database, trail, logger, metrics);
});
afterEach(() => void vi.useRealTimers());

interface Told {
  readonly destinations: string[];
  readonly payload: unknown;
}
const told = async () => {
  const { rows } = await bench.superuser.query<Told>('select destinations, payload from auth.outbox order by id');
  return rows.map(({ destinations, payload }) => {
    const envelope = domainEventEnvelope.parse(payload);
    return { destinations, envelope, entry: auditEntry.parse(envelope.data) };
  });
};
const placed = (details: AuditEntry['details'] = {}) => ({ orgId, record: { action: 'door.tried', outcome: 'denied', details } as const });
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
const dropped = async () => Number(/audit_dropped_total\{[^}]*\} (\d+)/.exec(await metrics.text())?.[1]);

describe('the audit trail', () => {
  it('goes to subscribers and streams, with the actor and request of the context, if the transaction commits', async () => {
    const record = () => database.inTenant(orgId, (tx) => trail.inOrganization(tx, { action: 'door.opened' }));
    await runInContext({ requestId: 'request-1', actor }, record);
    const failed = database.inTenant(orgId, async (tx) => {
      await trail.inOrganization(tx, { action: 'door.opened' });
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    expect(await told()).toMatchObject([
      { destinations: ['users-inbox', 'stream'], envelope: { org_id: orgId, request_id: 'request-1' }, entry: { action: 'door.opened', outcome: 'success', actor } },
    ]);
  });

  it('names the system where nobody asks', async () => {
    await database.withoutTenant((tx) => trail.record(tx, { action: 'door.opened' }, { orgId: null }));
    expect(await told()).toMatchObject([{ envelope: { org_id: null }, entry: { actor: { kind: 'system', id: null } } }]);
  });
});

describe('entries outside of transactions', () => {
  it('leave with the next flush, with actor, request and time of when they happened', async () => {
    const happened = new Date();
    runInContext({ requestId: 'request-2', actor }, () => buffer.add('a', placed()));
    pass(5);
    await buffer.flush();
    expect(await told()).toMatchObject([{ envelope: { request_id: 'request-2', occurred_at: happened.toISOString(), org_id: orgId }, entry: { actor, details: {} } }]);
  });

  it('that repeat within a minute become one with a count; another comes when the minute is over', async () => {
    for (let i = 0; i < 3; i += 1) buffer.add('a', placed({ i }));
    await buffer.flush();
    const begun = new Date();
    for (let i = 0; i < 1_000; i += 1) buffer.add('a', placed({ i }));
    pass(59);
    await buffer.flush();
    expect((await told()).map(({ entry }) => entry.details)).toMatchObject([{ i: 0, count: 3 }]);
    pass(1);
    await buffer.flush();
    const [, second] = await told();
    expect(second).toMatchObject({ envelope: { occurred_at: begun.toISOString() }, entry: { details: { i: 0, count: 1_000, last_at: begun.toISOString() } } });
    pass(61);
    await buffer.flush();
    buffer.add('a', placed({ i: 'new' }));
    await buffer.flush();
    expect((await told()).map(({ entry }) => entry.details)).toMatchObject([{ i: 0 }, { i: 0 }, { i: 'new' }]);
  });

  it('stay even when the transaction around them is rolled back', async () => {
    const failed = database.inTenant(orgId, async () => {
      buffer.add('a', placed());
      await buffer.flush();
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    expect(await told()).toHaveLength(1);
  });

  it('beyond the room for them are dropped, counted and logged, while the others leave', async () => {
    const organizations = Array.from({ length: 5 }, () => uuidv7());
    for (let i = 0; i < 2_500; i += 1) buffer.add(`key ${i}`, { ...placed(), orgId: organizations[i % 5] ?? null });
    await buffer.flush();
    expect(await told()).toHaveLength(2_000);
    expect(await dropped()).toBe(500);
    expect(lines.filter((line) => line.includes('"dropped":500'))).toHaveLength(1);
    pass(61);
    await buffer.flush();
    buffer.add('again', placed());
    await buffer.flush();
    expect(await told()).toHaveLength(2_001);
  });

  it('of one organization, and of strangers, leave room for those of the others', async () => {
    for (let i = 0; i < 3_000; i += 1) buffer.add(`made up ${i}`, placed());
    for (let i = 0; i < 3_000; i += 1) buffer.add(`guessed ${i}`, async () => placed());
    const other = uuidv7();
    buffer.add('other', { ...placed(), orgId: other });
    await buffer.flush();
    const all = await told();
    expect(all.filter(({ envelope }) => envelope.org_id === other)).toHaveLength(1);
    expect(all).toHaveLength(500 + 1_000 + 1);
    expect(await dropped()).toBe(2_500 + 2_000);
    for (const seconds of [61, 61]) {
      pass(seconds);
      await buffer.flush();
    }
    buffer.add('room again', placed());
    await buffer.flush();
    expect(await told()).toHaveLength(all.length + 1);
  });

  it('wait while the database is down', async () => {
    const down = vi.spyOn(database, 'withoutTenant').mockRejectedValue(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    buffer.add('a', placed());
    for (let i = 0; i < 3; i += 1) await buffer.flush();
    buffer.add('a', placed());
    down.mockRestore();
    await buffer.flush();
    expect((await told()).map(({ entry }) => entry.details['count'])).toEqual([2]);
    expect(lines.filter((line) => line.includes('could not be written'))).toHaveLength(1);
  });

  it('that can never be written are dropped and counted, and hold up no others', async () => {
    buffer.add('before', placed());
    buffer.add('bad', { orgId, record: { action: 'no verb' } });
    buffer.add('after', placed());
    await buffer.flush();
    expect(await told()).toHaveLength(2);
    expect(await dropped()).toBe(1);
  });

  it('are looked up away from the request, and forgotten where there is nothing to tell', async () => {
    let looked = 0;
    const find = async () => ((looked += 1) > 1 ? placed() : undefined);
    buffer.add('a', find);
    expect(looked).toBe(0);
    await buffer.flush();
    expect([looked, await told()]).toEqual([1, []]);
    buffer.add('a', find);
    await buffer.flush();
    expect(await told()).toHaveLength(1);
  });

  it('leave when the process ends, those of its last requests too', async () => {
    buffer.add('a', placed());
    await buffer.flush();
    buffer.add('a', placed());
    await buffer.beforeApplicationShutdown();
    expect(await told()).toHaveLength(2);
    buffer.add('b', placed());
    await buffer.flush();
    expect(await told()).toHaveLength(3);
  });
});

describe('denials', () => {
  const denial = { code: 'FORBIDDEN', operation: 'doors.open', permission: 'doors.use', userId: actor.id, actor, orgId, reason: 'not held at site 1' } as const;

  it('are entries of the organization, one an operation, whatever sites were made up', async () => {
    const denials = new RecordedDenials(buffer);
    for (let site = 0; site < 50; site += 1) denials.denied({ ...denial, reason: `not held at site ${site}` });
    denials.denied({ ...denial, operation: 'doors.close' });
    await buffer.flush();
    expect((await told()).map(({ entry }) => entry)).toMatchObject([
      { action: 'access.denied', outcome: 'denied', actor, resource: { type: 'operation', id: 'doors.open' }, details: { count: 50, permission: 'doors.use', code: 'FORBIDDEN' } },
      { resource: { id: 'doors.close' } },
    ]);
  });

  it('of strangers are none', async () => {
    new RecordedDenials(buffer).denied({ ...denial, code: 'UNAUTHENTICATED', userId: null, actor: { kind: 'anonymous', id: null, session_id: null }, orgId: null });
    await buffer.flush();
    expect(await told()).toEqual([]);
  });
});
