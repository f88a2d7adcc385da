import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { findFreePort } from '@atrium/local';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RemovalJob } from '../src/removals/removal.job.js';
import { tenantTables } from '../src/removals/tenant-tables.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

type Organization = Awaited<ReturnType<typeof addOrganization>>;
const columnRow = z.object({ table: z.string(), name: z.string(), type: z.string() });
let bench: EventsBench;
let api: NestFastifyApplication;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi({ ANALYSTS_PORT: String(await findFreePort()) });
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

const tenantColumns = async () =>
  z.array(columnRow).parse(await bench.clickHouse.rows({ query: `SELECT table, name, type FROM system.columns WHERE database = 'atrium' AND table IN (SELECT table FROM system.columns WHERE database = 'atrium' AND name = 'org_id')` }));
const tablesWithOrganization = async () => [...new Set((await tenantColumns()).map(({ table }) => table))].toSorted();
const schemaTables = async () =>
  (await bench.admin.query<{ name: string }>(`select table_name as name from information_schema.columns where table_schema = 'events' and column_name = 'org_id' order by 1`)).rows.map(({ name }) => name);
const holds = async (org: Organization) => {
  const rows = new Map<string, number>();
  for (const table of await tablesWithOrganization()) rows.set(table, await bench.number(`SELECT count() FROM atrium.${table} WHERE org_id = '${org.orgId}'`));
  for (const table of await schemaTables()) rows.set(`events.${table}`, (await bench.admin.query(`select 1 from events.${table} where org_id = $1`, [org.orgId])).rowCount ?? 0);
  return rows;
};

/** A row of now, since ClickHouse ends older ones by itself. */
async function addRow({ orgId }: Organization, table: string): Promise<void> {
  const columns = (await tenantColumns()).flatMap((column) => {
    const value = column.type.startsWith('DateTime64') ? 'now64(3)' : column.type.startsWith('JSON') ? `'{}'` : column.name === 'retention_days' ? '30' : undefined;
    return column.table === table && value !== undefined ? [{ name: column.name, value }] : [];
  });
  const values = columns.map(({ value }) => value);
  await bench.clickHouse.run({ query: `INSERT INTO atrium.${table} (${['org_id', ...columns.map(({ name }) => name)].join(', ')}) SELECT ${[`'${orgId}'`, ...values].join(', ')}` });
}

/** A row in every table that has an organization, whatever else the table holds. */
async function fill(org: Organization): Promise<void> {
  for (const table of await tablesWithOrganization()) await addRow(org, table);
  await org.call('POST', '/events/analysts', { name: 'Grafana' });
  await org.call('PATCH', '/events/settings', { retention_days: 30 });
  await org.call('DELETE', '/events/subjects/someone');
  await org.call('POST', '/events/schemas', { name: 'Order', schema: { type: 'object' } });
  await bench.admin.query('insert into events.quotas (org_id, events_per_month) values ($1, 1000000)', [org.orgId]);
  await bench.admin.query(`insert into events.usage (org_id, month, accepted) values ($1, '2026-01-01', 1)`, [org.orgId]);
  await bench.admin.query(`insert into events.ingest_counts (org_id, bucket, outcome, code, count) values ($1, now(), 'accepted', '', 1)`, [org.orgId]);
  await bench.admin.query('insert into events.erasures (org_id, user_id, until) values ($1, $2, now())', [org.orgId, randomUUID()]);
}

describe('an organization that ended', () => {
  it('is looked for in every table of ClickHouse that has an organization', async () => {
    expect(tenantTables.map(({ name }) => name).toSorted()).toEqual(await tablesWithOrganization());
    const columns = await tenantColumns();
    for (const { name, acceptedAt } of tenantTables) {
      expect(columns.find((column) => column.table === name && column.name === acceptedAt)?.type, `${name}.${acceptedAt}`).toContain('DateTime64');
    }
  });

  it('lets nobody in from then on, and leaves nothing after 30 days, here as in ClickHouse; others keep theirs', async () => {
    const [gone, other] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    for (const org of [gone, other]) await fill(org);
    const before = await holds(other);
    for (const [table, rows] of before) expect(rows, table).toBeGreaterThan(0);
    const envelope = {
      id: randomUUID(), type: organizationChanged.type, version: organizationChanged.version, occurred_at: new Date().toISOString(), org_id: gone.orgId,
      request_id: randomUUID(), data: { org_id: gone.orgId, name: 'Acme', version: 2, deleted: true },
    };
    await bench.send(JSON.stringify(envelope), queues.eventsInbox.name);
    await bench.send(JSON.stringify({ ...envelope, id: randomUUID() }), queues.eventsInbox.name);
    const removal = await until('the end to be heard', async () => (await bench.admin.query<{ id: string; days: number }>(`select id, round(extract(epoch from due_at - now()) / 86400)::int as days from events.removals where org_id = $1 and kind = 'organization'`, [gone.orgId])).rows[0]);
    expect(removal.days).toBe(30);
    expect((await gone.call('GET', '/events/analysts')).json).toEqual({ data: [] });
    expect((await gone.call('GET', '/events/sources')).json).toEqual({ data: [] });
    await until('the write key to be refused', async () => (await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': gone.writeKey }, payload: { event: 'e', user_id: 'u' } })).statusCode === 401);
    expect((await holds(gone)).get('events')).toBeGreaterThan(0);
    for (let run = 1; run <= 7; run += 1) {
      await bench.admin.query('update events.removals set due_at = now() where id = $1', [removal.id]);
      await api.get(RemovalJob).run();
      const left = await holds(gone);
      expect([...left].filter(([table, rows]) => rows > 0 && !(table === 'events.removals' && run < 7))).toEqual([]);
      if (run < 7) await addRow(gone, 'events');
    }
    expect(await holds(other)).toEqual(before);
  });
});
