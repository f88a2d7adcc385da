import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { parseJson } from '../src/ingest/parse-json.js';
import { EventStore } from '../src/storing/event-store.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let store: EventStore;
/** Where users says the caller is a member; undefined while it fails. */
let memberOf: string[] | undefined;
const asked: (string | undefined)[] = [];
const users = createServer((request, response) => {
  asked.push(request.headers.authorization);
  const at = new Date().toISOString();
  const data = memberOf?.map((id) => ({ id, name: 'Some', created_at: at, updated_at: at }));
  response.writeHead(data ? 200 : 500, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
});

beforeAll(async () => {
  bench = await startEventsBench();
  await new Promise<void>((resolve) => users.listen(0, '127.0.0.1', resolve));
  api = await bench.startApi({ USERS_URL: `http://127.0.0.1:${(users.address() as AddressInfo).port}` });
  store = new EventStore(bench.clickHouseAs('writer'));
});
afterAll(async () => {
  await api?.close();
  users.close();
  await bench?.stop();
});
beforeEach(() => void (asked.length = 0));

async function track(orgId: string, userId: string, count: number): Promise<void> {
  const arrival = { orgId, siteId: orgId, sourceId: orgId, receivedAt: Date.now(), ip: '192.0.2.0', userAgent: 'x', requestId: 'r', traceId: '', retentionDays: 400 };
  const now = Date.now();
  // Many share a time, so that the place to go on from is more than a time.
  const lines = Array.from({ length: count }, (_, index) =>
    lineHead(arrival) + lineTail({ event: 'seen', user_id: userId, properties: { index }, event_id: randomUUID() }, now - (index % 7) * 1_000),
  );
  await store.insertLines(lines, randomUUID());
}

const ask = (userId: string) =>
  api.inject({ method: 'GET', url: '/api/v1/events/me/export', headers: { authorization: `Bearer ${bench.issuer.token({ sub: userId, org_id: null, permissions: [] })}` } });
const linesOf = (text: string) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { org_id: string; user_id: string; event_id: string; properties: { index: number } });

it('a person exports the events with their id from every organization that users names, and no other', async () => {
  const [me, other] = [randomUUID(), randomUUID()];
  const [first, second, foreign] = [randomUUID(), randomUUID(), randomUUID()];
  await track(first, me, 3);
  await track(second, me, 2);
  await track(foreign, me, 5);
  await track(first, other, 4);
  memberOf = [first, second];
  const answer = await ask(me);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  const lines = linesOf(answer.body);
  expect(lines.map(({ org_id, user_id }) => [org_id, user_id])).toEqual([...Array(3).fill([first, me]), ...Array(2).fill([second, me])]);
  expect(lines[0]).toMatchObject({ type: 'track', event_name: 'seen', properties: { index: expect.any(Number) }, ip: '192.0.2.0' });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatch(/^Bearer /);
});

it('properties come back as they were sent, whatever ClickHouse makes of them', async () => {
  const [me, orgId] = [randomUUID(), randomUUID()];
  const sent = '{"id":12345678901234567890,"none":null,"a.b":{},"list":[1,"x",null]}';
  const arrival = { orgId, siteId: orgId, sourceId: orgId, receivedAt: Date.now(), ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 400 };
  const properties = parseJson(Buffer.from(sent)) as Record<string, unknown>;
  await store.insertLines([lineHead(arrival) + lineTail({ event: 'seen', user_id: me, properties }, Date.now())], randomUUID());
  memberOf = [orgId];
  expect((await ask(me)).body).toContain(`"properties":${sent}}\n`);
});

it('more events than are read at a time are each exported once', async () => {
  const [me, orgId] = [randomUUID(), randomUUID()];
  await track(orgId, me, 2_345);
  memberOf = [orgId];
  const lines = linesOf((await ask(me)).body);
  expect(lines).toHaveLength(2_345);
  expect(new Set(lines.map(({ event_id }) => event_id)).size).toBe(2_345);
});

it('is refused as a whole while users or ClickHouse is away', async () => {
  memberOf = undefined;
  expect((await ask(randomUUID())).statusCode).toBe(503);
  memberOf = [randomUUID()];
  await bench.stopClickHouse();
  const answer = await ask(randomUUID());
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ error: { code: 'UPSTREAM_UNAVAILABLE' } });
  await bench.startClickHouseAgain();
  expect((await ask(randomUUID())).statusCode).toBe(200);
});
