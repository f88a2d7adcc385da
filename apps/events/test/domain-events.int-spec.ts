import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { accountErased, invitationMailRequested, siteChanged, userRegistered } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ErasureJob } from '../src/erasure/erasure.job.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
const running: NestFastifyApplication[] = [];

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});
afterEach(async () => void (await Promise.all(running.splice(0).map((app) => app.close()))));

const queue = queues.eventsDomain.name;
const startWorker = async () => void running.push(await bench.startWorker());
const emptied = () => until('an empty queue', async () => (await bench.depth(queue)) === 0 || undefined);
const nobody = '00000000-0000-0000-0000-000000000000';

interface Telling {
  readonly type: string;
  readonly version: number;
}
const telling = ({ type, version }: Telling, orgId: string | null, data: object, id: string = randomUUID()) =>
  ({ id, type, version, occurred_at: new Date(Date.now() - 1_000).toISOString(), org_id: orgId, request_id: 'request-1', data });
const send = (message: object, to: string = queue) => bench.send(JSON.stringify(message), to);
const siteOf = (orgId: string) => ({ org_id: orgId, site_id: randomUUID(), name: 'Site', deleted: false, version: 1 });
const rowsOf = (where: string) => bench.clickHouse.rows({ query: `SELECT * EXCEPT (inserted_at, occurred_at) FROM atrium.domain_events FINAL WHERE ${where} ORDER BY occurred_at` });
const countOf = (orgId: string) => bench.number(`SELECT count() FROM atrium.domain_events FINAL WHERE org_id = '${orgId}'`);

describe('a domain event', () => {
  it('lands in ClickHouse once, however often it is delivered', async () => {
    const [orgId, id] = [randomUUID(), randomUUID()];
    const data = siteOf(orgId);
    for (let copy = 0; copy < 5; copy += 1) await send(telling(siteChanged, orgId, data, id));
    await startWorker();
    await emptied();
    expect(await rowsOf(`id = '${id}'`)).toEqual([{
      org_id: orgId, id, type: 'site.changed', version: 1, publisher: 'users', user_id: null, site_id: data.site_id,
      payload: JSON.stringify(data), request_id: 'request-1', traceparent: '',
    }]);
  });

  it('of no organization lands under the nil one, without its address', async () => {
    const data = { user_id: randomUUID(), email: 'ann@example.com', organization_name: null, invitation_id: null, registered_at: new Date().toISOString() };
    await send(telling(userRegistered, null, data));
    await startWorker();
    await emptied();
    const [row] = await rowsOf(`user_id = '${data.user_id}'`);
    expect(row).toMatchObject({ org_id: nobody, publisher: 'auth' });
    expect(JSON.stringify(row)).not.toContain('ann@');
  });

  it('never brings a token along, though its publisher sent one', async () => {
    const orgId = randomUUID();
    const data = { invitation_id: randomUUID(), email: 'ann@example.com', organization_name: 'Org', role_name: 'viewer', token: 'a-secret-token', expires_at: new Date().toISOString() };
    await send(telling(invitationMailRequested, orgId, data));
    await startWorker();
    await emptied();
    const rows = await rowsOf(`org_id = '${orgId}'`);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/a-secret-token|ann@/);
  });

  it('waits while ClickHouse is down, without using up deliveries', async () => {
    const orgId = randomUUID();
    await startWorker();
    await bench.stopClickHouse();
    await send(telling(siteChanged, orgId, siteOf(orgId)));
    await until('the message at work', async () => bench.log.some((line) => line.includes('A dependency is down')) || undefined);
    await bench.startClickHouseAgain();
    await emptied();
    expect(await countOf(orgId)).toBe(1);
    expect(await bench.depth(`${queue}-dlq`)).toBe(0);
  });

  it('that nobody streams goes to the dead-letter queue with its reason, and the others flow', async () => {
    const orgId = randomUUID();
    await send(telling({ type: 'site.renamed', version: 7 }, orgId, {}));
    await send(telling(siteChanged, orgId, siteOf(orgId)));
    await startWorker();
    await emptied();
    expect(await countOf(orgId)).toBe(1);
    const [letter] = await bench.receive(`${queue}-dlq`);
    expect(letter?.MessageAttributes?.['reason']?.StringValue).toBe('no domain event site.renamed@7 is streamed');
  });

  it('is not for analysts, whose SQL reads product events alone', async () => {
    const { call } = await addOrganization(bench, api);
    for (const table of ['domain_events', 'atrium.domain_events', "merge('atrium', '^domain')"]) {
      expect((await call('POST', '/events/sql', { query: `SELECT count() FROM ${table}` })).status, table).toBe(400);
    }
  });
});

describe('what was told', () => {
  const heard = (id: string) => until('the message to be heard', async () => (await bench.admin.query('select 1 from events.inbox where message_id = $1', [id])).rowCount === 1);
  const store = async (orgId: string | null, userId: string) => {
    await send(telling({ type: 'user.logged_in', version: 1 }, orgId, { user_id: userId, logged_in_at: new Date().toISOString() }));
    await emptied();
  };

  it('of a person goes with their account', async () => {
    await startWorker();
    const [erased, other] = [randomUUID(), randomUUID()];
    for (const id of [erased, other]) await store(null, id);
    const message = telling(accountErased, null, { user_id: erased });
    await send(message, queues.eventsInbox.name);
    await heard(message.id);
    await api.get(ErasureJob).run();
    expect([await rowsOf(`user_id = '${erased}'`), await rowsOf(`user_id = '${other}'`)].map((rows) => rows.length)).toEqual([0, 1]);
    const { rows } = await bench.admin.query(`select payload->>'org_id' as org from events.outbox where payload->'data'->'resource'->>'id' = $1`, [erased]);
    for (const { org } of rows) expect(org).toBeNull();
  });
});
