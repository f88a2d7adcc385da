import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/storing/event-store.js';
import { linesOf } from './event-lines.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let store: EventStore;
const [org, siteA, siteB] = [randomUUID(), randomUUID(), randomUUID()];
const at = Date.UTC(2026, 2, 28, 22);
const hour = 3_600_000;
const events = Array.from({ length: 8 }, (_, index) => ({ event_id: randomUUID(), event: 'view', user_id: `u${index}`, at: at + index * hour, properties: { plan: index % 2 ? 'pro' : 'free' } }));

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  store = new EventStore(bench.clickHouseAs('writer'));
  await store.insertLines([...linesOf(org, events.slice(0, 6), siteA), ...linesOf(org, events.slice(6), siteB)], randomUUID());
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

const tokenOf = (more: object = {}) => bench.issuer.token({ org_id: org, permissions: ['events.read'], ...more });
const ask = async (path: string, { token = tokenOf(), headers = {} }: { token?: string; headers?: Record<string, string> } = {}) =>
  api.inject({ method: 'GET', url: `/api/v1/events/query/${path}`, headers: { authorization: `Bearer ${token}`, ...headers } });
const span = 'from=2026-03-28T00:00:00Z&to=2026-03-30T00:00:00Z';
const filter = (value: unknown) => `filter=${encodeURIComponent(JSON.stringify(value))}`;

describe('an answer', () => {
  it('is 304 for who has it already, until it changes', async () => {
    const first = await ask(`count?${span}`);
    expect(first.json()).toEqual({ count: 8, measure: 'events', window: { from: '2026-03-28T00:00:00.000Z', to: '2026-03-30T00:00:00.000Z' }, sampled: false, sample_factor: 1 });
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    const same = await ask(`count?${span}`, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, '', etag]);
    expect((await ask(`count?${span}&event=none`, { headers: { 'if-none-match': etag } })).statusCode).toBe(200);
  });

  it('from the cache is of the same organization and the same sites alone', async () => {
    const scoped = tokenOf({ permissions: [], site_permissions: { [siteA]: ['events.read'] } });
    expect((await ask(`count?${span}&measure=users`)).json().count).toBe(8);
    expect((await ask(`count?${span}&measure=users`, { token: scoped })).json().count).toBe(6);
    expect((await ask(`count?${span}&measure=users`, { token: tokenOf({ org_id: randomUUID() }) })).json().count).toBe(0);
    const past = await bench.admin.query<{ left: number }>('select extract(epoch from expires_at - clock_timestamp())::float as left from state.cache');
    expect(past.rows.length).toBeGreaterThan(2);
    expect(Math.max(...past.rows.map(({ left }) => left))).toBeLessThanOrEqual(60);
  });

  it('says that it was sampled, and multiplies', async () => {
    const { count, sampled, sample_factor } = (await ask(`count?${span}&sample=2`)).json();
    expect([sampled, sample_factor, count % 2]).toEqual([true, 2, 0]);
  });

  it('has days as long as the clocks make them, and a series for each value', async () => {
    const days = (await ask(`timeseries?${span}&tz=Europe/Berlin&by=plan`)).json();
    expect(days.data).toEqual([
      { time: '2026-03-27T23:00:00.000Z', count: 1 }, { time: '2026-03-28T23:00:00.000Z', count: 7 }, { time: '2026-03-29T22:00:00.000Z', count: 0 },
    ]);
    expect(days.series.map(({ value, data }: { value: string; data: { count: number }[] }) => [value, data.map(({ count }) => count)])).toEqual([['free', [1, 3, 0]], ['pro', [0, 4, 0]]]);
    const odd = (await ask('timeseries?from=2026-04-04T12:00:00Z&to=2026-04-04T18:00:00Z&interval=hour&tz=Australia/Lord_Howe')).json();
    const times = odd.data.map(({ time }: { time: string }) => Date.parse(time));
    expect(times).toEqual([...new Set(times)].sort((a, b) => Number(a) - Number(b)));
  });
});

describe('a question', () => {
  it.each([
    ['of no JSON', 'count', 'filter=%7B'], ['of an unknown operator', 'count', filter([{ property: 'a', op: 'like', value: 'x' }])],
    ['of a condition with more than is known', 'count', filter([{ property: 'a', op: 'eq', value: 1, or: 2 }])], ['without a value', 'count', filter([{ property: 'a', op: 'eq' }])],
    ['of an empty key', 'count', filter([{ property: 'a..b', op: 'exists' }])], ['of too many conditions', 'count', filter(Array(21).fill({ property: 'a', op: 'exists' }))],
    ['of a time that is none', 'count', filter([{ property: 'timestamp', op: 'gt', value: 'yesterday' }])], ['that looks for a text in a time', 'count', filter([{ property: 'timestamp', op: 'contains', value: '2026' }])],
    ['of one step', 'funnel', `steps=${encodeURIComponent('[{"event":"a"}]')}`], ['without steps', 'funnel', ''], ['of too many cohorts', 'retention', 'interval=day&to=2027-03-28T00:00:00Z'],
  ])('%s is refused', async (_what, name, query) => {
    const url = query.includes('to=2') ? `${name}?from=2026-03-28T00:00:00Z&${query}` : `${name}?${span}&${query}`;
    const answer = await ask(url);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it.each([
    "') OR 1=1 --", "x' OR '1'='1", '`) OR 1 --', 'a`.:String) OR (1', '\\', "a\\'", '{p1:String}', 'properties.^a', '??', 'ü 😀',
  ])('may name a property %s, or look for it, and finds nothing', async (odd) => {
    const conditions = [filter([{ property: odd, op: 'exists' }]), filter([{ property: 'plan', op: 'eq', value: odd }]), filter([{ property: 'plan', op: 'in', value: [odd, 'x'] }])];
    for (const one of conditions) {
      const answer = await ask(`count?${span}&${one}`);
      expect([answer.statusCode, answer.json().count], answer.body).toEqual([200, 0]);
    }
    expect((await ask(`breakdown?${span}&by=${encodeURIComponent(odd)}`)).json().data).toEqual([{ value: null, count: 8 }]);
  });

  it('may ask of times and of ids', async () => {
    const later = filter([{ property: 'timestamp', op: 'gte', value: new Date(at + 6 * hour).toISOString() }]);
    expect((await ask(`count?${span}&${later}`)).json().count).toBe(2);
    expect((await ask(`count?${span}&${filter([{ property: 'site_id', op: 'eq', value: siteB }])}`)).json().count).toBe(2);
    expect((await ask(`count?${span}&${filter([{ property: 'event_id', op: 'in', value: [events[0]?.event_id] }])}`)).json().count).toBe(1);
  });
});
