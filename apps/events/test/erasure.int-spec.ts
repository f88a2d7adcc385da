import { randomUUID } from 'node:crypto';
import type { DomainEventEnvelope } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import { memberErased } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ErasureJob } from '../src/erasure/erasure.job.js';
import { EventEraser } from '../src/erasure/event-eraser.js';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { EventStore } from '../src/storing/event-store.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let store: EventStore;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  store = new EventStore(bench.clickHouseAs('writer'));
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

interface Person {
  readonly orgId: string;
  readonly userId: string;
}
const newPerson = (orgId: string = randomUUID()): Person => ({ orgId, userId: randomUUID() });

/** Events as the worker stores them, accepted so many milliseconds ago. */
async function track({ orgId, userId }: Person, count: number, ago = 1_000): Promise<void> {
  const arrival = {
    orgId, siteId: orgId, sourceId: orgId, receivedAt: Date.now() - ago, ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 400,
  };
  const lines = Array.from({ length: count }, (_, index) =>
    lineHead(arrival) + lineTail({ event: 'seen', user_id: userId, properties: { index }, event_id: randomUUID() }, Date.now() - index * 86_400_000 * 20),
  );
  await store.insertLines(lines, randomUUID());
}
const stored = ({ orgId, userId }: Person, table = 'events') =>
  bench.number(`SELECT count() FROM atrium.${table} WHERE org_id = '${orgId}' AND ${table === 'events' ? 'user_id' : `JSONExtractString(raw, 'user_id')`} = '${userId}'`);

const erased = ({ orgId, userId }: Person, at = new Date()): DomainEventEnvelope => ({
  id: randomUUID(), type: memberErased.type, version: memberErased.version, occurred_at: at.toISOString(), org_id: orgId,
  request_id: randomUUID(), data: { org_id: orgId, user_id: userId, version: 3 },
});
async function tell(envelope: DomainEventEnvelope): Promise<void> {
  await bench.send(JSON.stringify(envelope), queues.eventsInbox.name);
  await until('the message to be heard', async () => (await bench.admin.query('select 1 from events.inbox where message_id = $1', [envelope.id])).rowCount === 1);
}
const run = () => api.get(ErasureJob).run();
const makeDue = ({ userId }: Person) => bench.admin.query(`update events.erasures set due_at = now() where user_id = $1`, [userId]);
const erasureOf = async ({ userId }: Person) =>
  (await bench.admin.query<{ runs: number; hours: number }>(
    `select runs, round(extract(epoch from due_at - now()) / 3600)::int as hours from events.erasures where user_id = $1`, [userId],
  )).rows[0];

describe('when a member is erased', () => {
  it('their events go even while those of another, who comes first, cannot be deleted', async () => {
    const [stuck, person] = [newPerson(), newPerson()];
    for (const one of [stuck, person]) await track(one, 1);
    for (const one of [stuck, person]) await tell(erased(one));
    const eraser = api.get(EventEraser);
    const erase = eraser.erase.bind(eraser);
    const spy = vi.spyOn(eraser, 'erase').mockImplementation(async (one) => {
      if (one.user_id === stuck.userId) throw new Error('the disk is full');
      return erase(one);
    });
    await expect(run()).rejects.toThrow('1 people');
    expect([await stored(stuck), await stored(person)]).toEqual([1, 0]);
    spy.mockRestore();
    await run();
    expect(await stored(stuck)).toBe(0);
  });

  it('the events with their id go, the quarantined ones too, and those of others and of other organizations stay', async () => {
    const person = newPerson();
    const others = [newPerson(person.orgId), { ...person, orgId: randomUUID() }];
    for (const one of [person, ...others]) {
      await track(one, 10);
      const raw = JSON.stringify({ org_id: one.orgId, user_id: one.userId });
      await store.quarantine({ org_id: one.orgId, site_id: one.orgId, batch_id: randomUUID(), row: 0, reason: 'r', raw, received_at: Date.now() - 1_000 });
    }
    await tell(erased(person));
    await run();
    expect([await stored(person), await stored(person, 'events_quarantine')]).toEqual([0, 0]);
    for (const other of others) expect([await stored(other), await stored(other, 'events_quarantine')]).toEqual([10, 1]);
    const { rows } = await bench.admin.query(`select payload->'data'->'details' as details from events.outbox where payload->>'org_id' = $1`, [person.orgId]);
    for (const { details } of rows) expect(details).toEqual({ events: 11 });
  });

  it('events of a later membership stay, though the message comes late and twice, and after an older one', async () => {
    const person = newPerson();
    await track(person, 3, 60_000);
    await track(person, 4, 0);
    const message = erased(person, new Date(Date.now() - 30_000));
    await tell(message);
    await run();
    expect(await stored(person)).toBe(4);
    await tell({ ...message, id: randomUUID() });
    await tell(erased(person, new Date(Date.now() - 86_400_000)));
    await makeDue(person);
    await run();
    expect(await stored(person)).toBe(4);
    expect(await erasureOf(person)).toMatchObject({ runs: 2 });
    await tell(erased(person, new Date(Date.now() + 1_000)));
    expect(await erasureOf(person)).toMatchObject({ runs: 0 });
    await run();
    expect(await stored(person)).toBe(0);
  });

  it('events that were still on their way go in a later run, until none can come any more', async () => {
    const person = newPerson();
    await tell(erased(person));
    for (const hours of [1, 24, 360, 360]) {
      await track(person, 1, 3_600_000);
      await makeDue(person);
      await run();
      expect(await stored(person)).toBe(0);
      expect((await erasureOf(person))?.hours).toBe(hours);
    }
    await run();
    expect(await erasureOf(person)).toMatchObject({ runs: 4 });
    await makeDue(person);
    await run();
    expect(await erasureOf(person)).toBeUndefined();
  });

  it('nothing is forgotten while ClickHouse is away', async () => {
    const person = newPerson();
    await track(person, 2);
    await tell(erased(person));
    await bench.stopClickHouse();
    await expect(run()).rejects.toThrow();
    await bench.startClickHouseAgain();
    expect(await erasureOf(person)).toMatchObject({ runs: 0 });
    await run();
    expect(await stored(person)).toBe(0);
  });
});
