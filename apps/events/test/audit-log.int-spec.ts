import { randomUUID } from 'node:crypto';
import type { AuditEntry } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
const running: NestFastifyApplication[] = [];

beforeAll(async () => {
  bench = await startEventsBench();
});
afterAll(() => bench?.stop());
afterEach(async () => void (await Promise.all(running.splice(0).map((app) => app.close()))));

const startWorker = async () => void running.push(await bench.startWorker());
const entry: AuditEntry = {
  action: 'role.assigned',
  outcome: 'success',
  actor: { kind: 'user', id: randomUUID(), session_id: randomUUID() },
  resource: { type: 'user', id: randomUUID() },
  site_id: null,
  before: null,
  after: { role_name: 'tab\tand "quote" \u0000' },
  details: {},
};
const telling = (id: string, orgId: string | null, more: object = {}) =>
  JSON.stringify({
    id, type: auditRecorded.type, version: auditRecorded.version, occurred_at: '2026-11-20T10:00:00.123Z', org_id: orgId, request_id: 'request-1', data: entry, ...more,
  });
const send = (body: string) => bench.send(body, queues.eventsAudit.name);
const emptied = () => until('an empty queue', async () => (await bench.depth(queues.eventsAudit.name)) === 0 || undefined);
const rowsOf = (id: string) => bench.clickHouse.rows({ query: `SELECT * EXCEPT inserted_at FROM atrium.audit_log FINAL WHERE id = '${id}'` });

describe('an entry of the audit log', () => {
  it('lands in ClickHouse once, however often it is delivered', async () => {
    const [id, orgId] = [randomUUID(), randomUUID()];
    for (let copy = 0; copy < 5; copy += 1) await send(telling(id, orgId));
    await startWorker();
    await emptied();
    expect(await rowsOf(id)).toEqual([
      {
        org_id: orgId, id, occurred_at: '2026-11-20 10:00:00.123', action: 'role.assigned', outcome: 'success', actor_kind: 'user', actor_id: entry.actor.id,
        session_id: entry.actor.session_id, resource_type: 'user', resource_id: entry.resource?.id, site_id: null, before: '', after: JSON.stringify(entry.after), details: '{}', request_id: 'request-1',
      },
    ]);
  });

  it('of no organization lands under the nil one', async () => {
    const id = randomUUID();
    await send(telling(id, null));
    await startWorker();
    await emptied();
    expect(await rowsOf(id)).toMatchObject([{ org_id: '00000000-0000-0000-0000-000000000000' }]);
  });

  it('waits while ClickHouse is down, without using up deliveries', async () => {
    const id = randomUUID();
    await startWorker();
    await bench.stopClickHouse();
    await send(telling(id, randomUUID()));
    await until('the message at work', async () => bench.log.some((line) => line.includes('A dependency is down')) || undefined);
    await bench.startClickHouseAgain();
    await emptied();
    expect(await rowsOf(id)).toHaveLength(1);
    expect(await bench.depth(`${queues.eventsAudit.name}-dlq`)).toBe(0);
  });

  it('that is none goes to the dead-letter queue with its reason, and the others flow', async () => {
    const id = randomUUID();
    await send(telling(randomUUID(), null, { type: 'site.changed' }));
    await send(telling(id, randomUUID()));
    await startWorker();
    await emptied();
    expect(await rowsOf(id)).toHaveLength(1);
    const [letter] = await bench.receive(`${queues.eventsAudit.name}-dlq`);
    expect(letter?.MessageAttributes?.['reason']?.StringValue).toMatch(/^not an entry of the audit log: type /);
  });

  it('is kept for a year, in months', async () => {
    const [table] = await bench.clickHouse.rows({ query: `SELECT create_table_query AS sql FROM system.tables WHERE name = 'audit_log'` });
    expect(JSON.stringify(table)).toMatch(/PARTITION BY toYYYYMM\(occurred_at\).*TTL toDateTime\(occurred_at\) \+ toIntervalYear\(1\)/s);
    const [old, young] = [randomUUID(), randomUUID()];
    const daysAgo = (days: number) => ({ occurred_at: new Date(Date.now() - days * 86_400_000).toISOString() });
    await send(telling(old, randomUUID(), daysAgo(370)));
    await send(telling(young, randomUUID(), daysAgo(360)));
    await startWorker();
    await emptied();
    await bench.clickHouse.run({ query: 'OPTIMIZE TABLE atrium.audit_log FINAL' });
    expect([await rowsOf(old), await rowsOf(young)].map((rows) => rows.length)).toEqual([0, 1]);
  });
});

describe('what people do with sources and SQL', () => {
  it('is told to the audit log, without write keys and texts of queries', async () => {
    const api = await bench.startApi();
    running.push(api);
    const org = await addOrganization(bench, api);
    const id = String(org.source.id);
    await org.call('PATCH', `/events/sources/${id}`, { enabled: false });
    const rotated = (await org.call('POST', `/events/sources/${id}/rotate`)).json;
    await org.call('DELETE', `/events/sources/${id}`);
    await org.call('POST', '/events/sql', { query: "SELECT 1 AS one WHERE 'a-secret' != ''" });
    await org.call('POST', '/events/sql', { query: 'SELECT * FROM atrium.audit_log' });
    await startWorker();
    const query = `SELECT action, outcome, before, after, details FROM atrium.audit_log FINAL WHERE org_id = '${org.orgId}' ORDER BY occurred_at, toString(id)`;
    const rows = await until('all six entries', async () => {
      const found = await bench.clickHouse.rows({ query });
      return found.length === 6 ? found : undefined;
    });
    const shown = (enabled: boolean) => JSON.stringify({ name: 'web', enabled, schema_mode: 'off', unknown_events: 'allow' });
    expect(rows).toMatchObject([
      { action: 'source.created', after: shown(true) },
      { action: 'source.updated', before: shown(true), after: shown(false) },
      { action: 'source.key_rotated' },
      { action: 'source.deleted', before: shown(false) },
      { action: 'events.queried_sql', outcome: 'success', details: expect.stringContaining('"rows":1') },
      { action: 'events.queried_sql', outcome: 'failure', details: expect.stringContaining('"code":"VALIDATION_ERROR"') },
    ]);
    const text = JSON.stringify(rows);
    for (const secret of [org.writeKey, String(rotated.write_key), 'a-secret']) expect(text).not.toContain(secret);
  });
});
