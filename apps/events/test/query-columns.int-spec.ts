import { randomUUID } from 'node:crypto';
import { textColumns } from '@atrium/contracts/events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { EventStore } from '../src/storing/event-store.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
const org = randomUUID();
let bench: EventsBench;
let api: NestFastifyApplication;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  const now = Date.now();
  const arrival = { orgId: org, siteId: org, sourceId: org, receivedAt: now, ip: '192.0.2.0', userAgent: chrome, requestId: 'r', traceId: '', retentionDays: 400 };
  const context = {
    page: { url: 'https://shop.example/cart?x=1', referrer: 'https://search.example/q' },
    campaign: { source: 'news', medium: 'mail', name: 'spring', term: 't', content: 'c' },
    locale: 'de-DE', library: { name: 'analytics.js' },
  };
  const ids = { user_id: 'u', anonymous_id: 'a', session_id: 's', group_id: 'g', previous_id: 'p' };
  await new EventStore(bench.clickHouseAs('writer')).insertLines([lineHead(arrival) + lineTail({ event: 'seen', ...ids, context }, now)], randomUUID());
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

const span = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 3_600_000).toISOString()}`;
const ask = async (path: string) => {
  const token = bench.issuer.token({ org_id: org, permissions: ['events.read'] });
  return (await api.inject({ method: 'GET', url: `/api/v1/events/query/${path}&${span}`, headers: { authorization: `Bearer ${token}` } })).json();
};

it.each(textColumns)('%s can be broken down by, and a value that it has be asked for', async (column) => {
  const { data } = await ask(`breakdown?by=${column}`);
  expect(data).toEqual([{ value: expect.stringMatching(/./), count: 1 }]);
  const filter = (value: string) => encodeURIComponent(JSON.stringify([{ property: column, op: 'eq', value }]));
  expect((await ask(`count?filter=${filter(data[0].value)}`)).count).toBe(1);
  expect((await ask(`count?filter=${filter('no such value')}`)).count).toBe(0);
});
