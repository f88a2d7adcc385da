import { randomUUID } from 'node:crypto';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { unfoldLines } from '../src/packs/pack-message.js';
import { QuotaOverrides } from '../src/quotas/quota-overrides.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let overrides: QuotaOverrides;
const running: NestFastifyApplication[] = [];
type Organization = Awaited<ReturnType<typeof addOrganization>>;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi({ EVENTS_QUOTA_PER_MONTH: '5000', EVENTS_QUOTA_PER_SECOND: '200' });
  const owner = new Database(await (await bench.ownerSource()).initialize());
  overrides = new QuotaOverrides(owner, new AuditTrail(new Outbox('events'), auditRecorded));
});
afterAll(async () => {
  await api?.close();
  await Promise.all(running.map((app) => app.close()));
  await bench?.stop();
});
beforeEach(() => bench.purge());

const batchOf = (count: number) => ({ batch: Array.from({ length: count }, (_, index) => ({ event: `e${index}` })) });
async function send(org: Organization, payload: object, at = api) {
  const answer = await at.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload });
  return { status: answer.statusCode, headers: answer.headers, json: answer.json() };
}
const usage = async (org: Organization) => (await org.call('GET', '/events/usage')).json;
async function queuedRows(): Promise<number> {
  const messages = await bench.receive();
  const packs = await Promise.all(messages.map(({ Body }) => unfoldLines(Buffer.from(JSON.parse(Body ?? '').data, 'base64'))));
  return packs.flat().length;
}
const organization = (perMonth?: number, perSecond?: number) => async () => {
  const org = await addOrganization(bench, api);
  await overrides.set(org.orgId, { eventsPerMonth: perMonth, eventsPerSecond: perSecond }, 'test');
  return org;
};

describe('the quota of a month', () => {
  it('lets events through up to the last, and takes nothing of a request that goes beyond', async () => {
    const org = await organization(5)();
    expect((await send(org, batchOf(3))).status).toBe(202);
    const refused = await send(org, batchOf(3));
    expect(refused).toMatchObject({ status: 429, json: { error: { code: 'RATE_LIMITED' } } });
    const nextMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1)).toISOString();
    expect(refused.json.error.message).toBe(
      `The organization's quota of 5 events per month has room for 2 more until ${nextMonth}, fewer than the request holds. Nothing of it was taken.`,
    );
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(3_600);
    expect((await send(org, batchOf(2))).status).toBe(202);
    expect((await send(org, { event: 'one' })).status).toBe(429);
    // Refused before it is read: nobody looks at what it holds.
    const unread = await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: '{oops' });
    expect(unread.statusCode).toBe(429);
    expect(await queuedRows()).toBe(5);
    expect(await usage(org)).toEqual({ month: nextMonthBefore(nextMonth), accepted: 5, allowed: 5, rate: 200, resets_at: nextMonth });
  });

  it('is that of the configuration where the operator set no other, and may be nothing at all', async () => {
    const plain = await addOrganization(bench, api);
    expect(await usage(plain)).toMatchObject({ accepted: 0, allowed: 5000, rate: 200 });
    const none = await organization(0)();
    expect((await send(none, { event: 'one' })).status).toBe(429);
  });

  it('counts what the queue has taken, and neither rejected events nor those answered 503', async () => {
    const org = await organization(10)();
    await send(org, { batch: [{ event: 'ok' }, { event: '' }] });
    await bench.stopSqs();
    expect((await send(org, batchOf(9))).status).toBe(503);
    await bench.startSqsAgain();
    expect((await send(org, batchOf(9))).status).toBe(202);
    expect(await usage(org)).toMatchObject({ accepted: 10 });
  });

  it('is one for all instances, and outlives them', async () => {
    const org = await organization(100)();
    const other = await bench.startApi();
    running.push(other);
    expect((await send(org, batchOf(60))).status).toBe(202);
    expect((await send(org, batchOf(30), other)).status).toBe(202);
    // Closed without a pause: what was answered 202 is counted before.
    await other.close();
    // Asking tells what the first has counted, which the next would hear of within a second otherwise.
    expect(await usage(org)).toMatchObject({ accepted: 90 });
    const third = await bench.startApi();
    running.push(third);
    expect((await send(org, batchOf(11), third)).status).toBe(429);
    expect((await send(org, batchOf(10), third)).status).toBe(202);
    expect((await send(org, { event: 'one' }, third)).status).toBe(429);
  });

  it('holds soon after it was changed, although nothing was accepted meanwhile', async () => {
    const org = await organization(0)();
    expect((await send(org, { event: 'one' })).status).toBe(429);
    await overrides.set(org.orgId, { eventsPerMonth: 1, eventsPerSecond: undefined }, 'paid');
    await vi.waitFor(async () => expect((await send(org, { event: 'one' })).status).toBe(202), { timeout: 20_000, interval: 250 });
  });
});

const nextMonthBefore = (resetsAt: string): string => new Date(Date.parse(resetsAt) - 1).toISOString().slice(0, 7);

it('a rate lets bursts of ten seconds through, and takes nothing of a request that goes beyond', async () => {
  const org = await organization(undefined, 100)();
  const answers = [];
  // Windows are fixed: of three that fill one each, two are in the same.
  for (let turn = 0; turn < 3; turn += 1) answers.push(await send(org, batchOf(1_000)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.json.error.message).toMatch(/^The organization sends more than its 100 events per second/);
  expect(Number(refused[0]?.headers['retry-after'])).toBeLessThanOrEqual(10);
  const accepted = answers.filter(({ status }) => status === 202).length * 1_000;
  expect(await queuedRows()).toBe(accepted);
  expect(await usage(org)).toMatchObject({ accepted, rate: 100 });
  const again = () => send(org, batchOf(1_000));
  await vi.waitFor(async () => expect((await again()).status).toBe(202), { timeout: 15_000, interval: 500 });
});

describe('usage', () => {
  it('is the own organization\'s, for those who may read events', async () => {
    const [ours, theirs] = [await organization(50)(), await addOrganization(bench, api)];
    await send(ours, batchOf(7));
    expect(await usage(ours)).toMatchObject({ accepted: 7, allowed: 50 });
    expect(await usage(theirs)).toMatchObject({ accepted: 0, allowed: 5000 });
    const nobody = bench.issuer.token({ org_id: ours.orgId, permissions: [] });
    expect((await ours.call('GET', '/events/usage', undefined, nobody)).status).toBe(403);
  });

  it('counts a batch of counts once, however often it arrives', async () => {
    const org = await addOrganization(bench, api);
    const call = `select accepted from events.record_ingest($1, $2, array[$3::uuid], array[now()], array['accepted'], array[''], array[5::bigint])`;
    const instance = randomUUID();
    for (const number of [1, 1, 2, 1, 2]) await bench.admin.query(call, [instance, number, org.orgId]);
    expect(await usage(org)).toMatchObject({ accepted: 10 });
  });

  it('and quotas can be written by no service: the operator\'s command does, and the organization reads of it', async () => {
    const org = await organization(50)();
    await bench.admin.query('begin');
    await bench.admin.query('set local role events_app');
    await bench.admin.query(`select set_config('app.org_id', $1, true)`, [org.orgId]);
    await expect(bench.admin.query('update events.quotas set events_per_month = 1')).rejects.toThrow('permission denied');
    await bench.admin.query('rollback');
    // The relay may have sent it already.
    const told = `select payload::text as text from events.outbox union all select body from local_sqs.messages`;
    const { rows } = await bench.admin.query(`select from (${told}) told where text like '%events.quota_changed%' and text like $1`, [`%${org.orgId}%`]);
    expect(rows.length).toBeGreaterThan(0);
    await expect(overrides.set(randomUUID(), { eventsPerMonth: 1, eventsPerSecond: null }, 'x')).rejects.toThrow('No site of such an organization is known.');
  });
});
