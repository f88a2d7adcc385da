import { readFileSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '../src/storing/event-store.js';
import { linesOf } from './event-lines.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

const guide = readFileSync(new URL('../../../docs/events/analysts.md', import.meta.url), 'utf8');
const [, block = ''] = /```sql\n([^`]*Events a day[^`]*)```/.exec(guide) ?? [];
const queries = block.split(/^-- /m).filter(Boolean).map((text) => {
  const [title = '', ...lines] = text.trim().split('\n');
  return { title, query: lines.join('\n').replace(/;$/, '') };
});

let bench: EventsBench;
let api: NestFastifyApplication;
let org: Awaited<ReturnType<typeof addOrganization>>;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  org = await addOrganization(bench, api);
  const events = ['View', 'Cart', 'Order'].map((event, step) => ({
    event_id: `0198f1c0-0000-7000-8000-00000000000${step}`, event, user_id: 'u1', at: Date.now() - 60_000 + step * 1_000, properties: { plan: 'pro', total: 12.5 },
  }));
  await new EventStore(bench.clickHouseAs('writer')).insertLines(linesOf(org.orgId, events), 'guide');
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

it('the guide has ten queries', () => expect(queries).toHaveLength(10));

it.each(queries)('query $title', async ({ query }) => {
  const params = query.includes('{user:') ? { user: 'u1' } : undefined;
  const answer = await org.call('POST', '/events/sql', { query, ...(params ? { params } : {}) });
  expect(answer.json).toMatchObject({ rows: expect.any(Number) });
  // The sessions of events that name none are none.
  expect(answer.json['rows']).toBe(query.includes("session_id != ''") ? 0 : Math.max(1, Number(answer.json['rows'])));
});
