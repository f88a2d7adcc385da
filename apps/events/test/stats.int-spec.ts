import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { foldLines } from '../src/packs/pack-message.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
const running: NestFastifyApplication[] = [];
type Organization = Awaited<ReturnType<typeof addOrganization>>;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi({ EVENTS_BULK_BYTES_PER_SECOND: '30000' });
});
afterEach(async () => void (await Promise.all(running.splice(0).map((app) => app.close()))));
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

async function startWorker(): Promise<NestFastifyApplication> {
  const worker = await bench.startWorker();
  running.push(worker);
  return worker;
}
const within = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 100 });
const send = (org: Organization, payload: object) =>
  api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload });
const stats = async (org: Organization) => (await org.call('GET', '/events/stats')).json;

async function packOf(org: Organization, count: number, alter: (line: string) => string = (line) => line): Promise<string> {
  const head = lineHead({
    orgId: org.orgId, siteId: org.siteId, sourceId: org.siteId, receivedAt: Date.now(), ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 400,
  });
  const filler = 'x'.repeat(200);
  const lines = Array.from({ length: count }, (_, index) => alter(head + lineTail({ event: 'made', event_id: randomUUID(), properties: { index, filler } }, Date.now())));
  const data = (await foldLines(Buffer.from(lines.join('')))).toString('base64');
  return JSON.stringify({ version: 1, batch_id: randomUUID(), codec: 'zstd', rows: count, data });
}

describe('statistics', () => {
  it('tell what became of the own events, and what waits', async () => {
    const [ours, theirs] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    await send(ours, { batch: [{ event: 'ok' }, { event: 'ok' }, { event: '' }, { event: 'e', timestamp: '1900-01-01T00:00:00Z' }] });
    await within(async () => expect(await stats(ours)).toMatchObject({
      accepted: 2, rejected: 2, quarantined: 0, stored: 0, backlog: 1, lag_seconds: null,
      last_hour: { accepted: 2, rejected: 2, quarantined: 0 }, rejected_by_code: { INVALID_EVENT: 1, TIMESTAMP_OUT_OF_RANGE: 1 },
    }));
    await bench.send(await packOf(ours, 3, (line) => line.replace('"properties":{', '"properties":[{').replace('}}\n', '}]}\n')));
    await startWorker();
    await within(async () => expect(await stats(ours)).toMatchObject({ stored: 2, quarantined: 3, backlog: 0, oldest_message_seconds: 0, last_hour: { quarantined: 3 } }));
    const { quarantined_by_reason, lag_seconds } = await stats(ours);
    expect(Object.values(quarantined_by_reason)).toEqual([3]);
    expect(lag_seconds).toBeGreaterThan(0);
    expect(await stats(theirs)).toMatchObject({ accepted: 0, rejected: 0, quarantined: 0, stored: 0, quarantined_by_reason: {}, rejected_by_code: {} });
  });

  it('tell how old the oldest message is, although no worker is there any more', async () => {
    const org = await addOrganization(bench, api);
    const worker = await startWorker();
    // Looks at the queues when it starts, and tells that they were empty.
    await within(async () => expect(await bench.number(`SELECT count() FROM atrium.queue_progress`)).toBeGreaterThan(0));
    await worker.close();
    const since = await bench.number(`SELECT toUnixTimestamp64Milli(max(received_until)) FROM atrium.queue_progress WHERE queue = 'events-ingest'`);
    await send(org, { event: 'waiting' });
    await within(async () => expect(await stats(org)).toMatchObject({ backlog: 1 }));
    const before = Date.now();
    const { oldest_message_seconds: age } = await stats(org);
    expect(age).toBeGreaterThanOrEqual((before - since) / 1_000 - 0.001);
    expect(age).toBeLessThanOrEqual((Date.now() - since) / 1_000);
    await bench.purge();
  });

  it('are metrics of the process as well', async () => {
    const org = await addOrganization(bench, api);
    const worker = await startWorker();
    await send(org, { batch: [{ event: 'ok' }, { event: '' }] });
    await within(async () => expect(await bench.depth()).toBe(0));
    const ofApi = (await api.inject('/metrics')).body;
    expect(ofApi).toMatch(/events_accepted_total\{[^}]*\} [1-9]/);
    expect(ofApi).toMatch(/events_rejected_total\{[^}]*code="INVALID_EVENT"[^}]*\} [1-9]/);
    expect(ofApi).toMatch(/events_packs_under_way\{[^}]*\} 0/);
    const ofWorker = (await worker.inject('/metrics')).body;
    for (const metric of ['events_stored_total', 'events_insert_seconds_count', 'events_insert_rows_count', 'queue_message_age_seconds_count', 'queue_dead_letters', 'queue_messages']) {
      expect(ofWorker, metric).toMatch(new RegExp(`^${metric}\\{`, 'm'));
    }
  });
});

describe('an organization that floods', () => {
  const many = (filler: number) => ({ batch: Array.from({ length: 200 }, () => ({ event: 'flood', properties: { filler: 'x'.repeat(filler) } })) });

  it('has packs of its own on a queue of its own; the others share theirs', async () => {
    const [noisy, quiet] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    for (let turn = 0; turn < 3; turn += 1) expect((await send(noisy, many(500))).statusCode).toBe(202);
    expect((await send(quiet, { event: 'quiet' })).statusCode).toBe(202);
    expect(await bench.depth(queues.eventsBulk.name)).toBeGreaterThan(0);
    expect(await bench.depth()).toBe(1);
    expect(await stats(quiet)).toMatchObject({ backlog: 1 + (await bench.depth(queues.eventsBulk.name)) });
    await startWorker();
    await within(async () => expect(await stats(noisy)).toMatchObject({ stored: 600 }));
    expect(await stats(quiet)).toMatchObject({ stored: 1 });
  });

  it('keeps nobody waiting: an event of another can be queried before the backlog is gone', async () => {
    const [noisy, quiet] = [await addOrganization(bench, api), await addOrganization(bench, api)];
    const pack = await packOf(noisy, 2_000);
    const backlog = Array.from({ length: 80 }, () => JSON.stringify({ ...JSON.parse(pack), batch_id: randomUUID() }));
    for (const body of backlog) await bench.send(body, queues.eventsBulk.name);
    expect((await send(quiet, { event: 'quiet' })).statusCode).toBe(202);
    await startWorker();
    await within(async () => expect(await stats(quiet)).toMatchObject({ stored: 1 }));
    expect(await bench.depth(queues.eventsBulk.name)).toBeGreaterThan(0);
    await within(async () => expect(await bench.depth(queues.eventsBulk.name)).toBe(0));
  });
});
