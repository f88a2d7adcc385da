import { randomUUID } from 'node:crypto';
import { type Condition, type FunnelStep } from '@atrium/contracts/events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/storing/event-store.js';
import { type EventsBench, startEventsBench } from './events-bench.js';
import { linesOf } from './event-lines.js';
import { breakdownOf, byPerson, funnelOf, meets, type ModelEvent, retentionOf } from './query-model.js';

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

const day = 86_400_000;
const from = Date.UTC(2026, 2, 2);
const to = from + 5 * day;
const runs = { numRuns: 12, endOnFailure: true } as const;
/** Milliseconds. */
const patience = 120_000;

/** Few of everything, so that events meet: the same times, people who are named alike, values that look alike. */
const value = fc.constantFrom<unknown>(1, 1.5, -2, '1', 'true', true, false, 'pro', 'it\'s "q" \\ \n', [1, 2], null, undefined);
const anEvent = fc.record({
  event: fc.constantFrom('a', 'b', 'c', 'other'),
  who: fc.constantFrom({ user_id: 'x' }, { user_id: 'y' }, { anonymous_id: 'x' }, { user_id: 'x', anonymous_id: 'z' }, { user_id: 'y' }, {}),
  session: fc.constantFrom({ session_id: 's1' }, { session_id: 's2' }, {}),
  at: fc.tuple(fc.nat(4), fc.nat(9)).map(([days, seconds]) => from + days * day + seconds * 1_000),
  v: value,
  'odd key`': value,
});
const someEvents = fc.array(anEvent, { minLength: 1, maxLength: 40 }).map((drafts) =>
  drafts.map(({ who, session, v, 'odd key`': odd, ...rest }): ModelEvent => {
    const properties = Object.fromEntries(Object.entries({ v, 'odd key`': odd }).filter(([, one]) => one !== undefined));
    return { event_id: randomUUID(), ...rest, ...who, ...session, properties };
  }),
);
const scalar = fc.constantFrom(1, 1.5, -2, '1', 'true', true, false, 'pro', 'it\'s "q" \\ \n');
const name = fc.constantFrom('v', 'properties.v', 'odd key`', 'user_id', 'session_id', 'event', 'missing');
const aCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ property: name, op: fc.constantFrom('eq' as const, 'neq' as const), value: scalar }),
  fc.record({ property: name, op: fc.constantFrom('in' as const, 'not_in' as const), value: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ property: name, op: fc.constantFrom('gt' as const, 'gte' as const, 'lt' as const, 'lte' as const), value: fc.constantFrom(0, 1, 1.5, 'p', '1') }),
  fc.record({ property: name, op: fc.constantFrom('contains' as const, 'starts_with' as const), value: fc.constantFrom('r', 'p', '\\ \n', 'x') }),
  fc.record({ property: name, op: fc.constantFrom('exists' as const, 'not_exists' as const) }),
);
const aStep: fc.Arbitrary<FunnelStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ event: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constantFrom('a', 'b'), filter: fc.array(aCondition, { maxLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ filter: fc.array(aCondition, { minLength: 1, maxLength: 1 }) }) },
);

/** An organization of its own with these events, twice: copies must not count. */
async function organizationWith(events: readonly ModelEvent[]) {
  const orgId = randomUUID();
  await store.insertLines(linesOf(orgId, events), randomUUID());
  await store.insertLines(linesOf(orgId, events), randomUUID());
  const token = bench.issuer.token({ org_id: orgId, permissions: ['events.read'] });
  return async (question: string, parameters: Record<string, string | number>) => {
    const search = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    for (const [key, one] of Object.entries(parameters)) search.set(key, String(one));
    const response = await api.inject({ method: 'GET', url: `/api/v1/events/query/${question}?${search}`, headers: { authorization: `Bearer ${token}` } });
    expect(response.statusCode, response.body).toBe(200);
    return response.json();
  };
}

async function expectFunnel(events: readonly ModelEvent[], asked: readonly FunnelStep[], within: number, order: string): Promise<void> {
  const ask = await organizationWith(events);
  const model = funnelOf(events, { steps: asked, within: within * 1000, strict: order === 'strict' });
  const answer = await ask('funnel', { steps: JSON.stringify(asked), within, order });
  const rows: readonly { users: number; median_seconds: number | null }[] = answer.steps;
  expect(rows.map(({ users }) => users)).toEqual(model.reached);
  expect(rows.map(({ median_seconds }) => median_seconds)).toEqual(model.medians.map((one) => (one === null ? null : one / 1000)));
  expect(answer.median_seconds).toBe(model.total === null ? null : model.total / 1000);
}

describe('what ClickHouse answers is what the model answers', () => {
  it('when events, users and sessions are counted under any filter', async () => {
    await fc.assert(fc.asyncProperty(someEvents, fc.array(fc.array(aCondition, { minLength: 1, maxLength: 2 }), { minLength: 6, maxLength: 6 }), async (events, filters) => {
      const ask = await organizationWith(events);
      for (const filter of filters) {
        const left = events.filter((event) => filter.every((one) => meets(event, one)));
        const sessions = new Set(left.map(({ session_id }) => session_id).filter(Boolean)).size;
        for (const [measure, count] of [['events', left.length], ['users', byPerson(left).size], ['sessions', sessions]] as const) {
          expect((await ask('count', { filter: JSON.stringify(filter), measure })).count, JSON.stringify({ filter, measure })).toBe(count);
        }
      }
    }), runs);
  }, patience);

  it('when they are broken down, the rest together', async () => {
    await fc.assert(fc.asyncProperty(someEvents, fc.constantFrom('v', 'odd key`', 'event', 'user_id'), fc.constantFrom('events' as const, 'users' as const), fc.integer({ min: 1, max: 4 }), async (events, by, measure, limit) => {
      const ask = await organizationWith(events);
      const model = breakdownOf(events, by, measure);
      const answer = await ask('breakdown', { by, measure, limit });
      const shown = answer.data.map((row: { value: unknown; count: number }) => [JSON.stringify(row.value), row.count] as const);
      for (const [key, count] of shown) expect(model.groups.get(key), key).toBe(count);
      const largest = [...model.groups.values()].sort((a, b) => b - a).slice(0, limit);
      expect(shown.map(([, count]: readonly [string, number]) => count)).toEqual(largest);
      const keys = new Set<string>(shown.map(([key]: readonly [string, number]) => key));
      expect(answer.others).toEqual({ values: model.groups.size - keys.size, count: model.groups.size > keys.size ? model.outside(keys) : 0 });
    }), runs);
  }, patience);

  it('when users go through a funnel', async () => {
    const steps = fc.array(aStep, { minLength: 2, maxLength: 4 });
    await fc.assert(fc.asyncProperty(someEvents, steps, fc.constantFrom(3, 20, 90_000, 400_000), fc.constantFrom('any_between', 'strict'), async (events, asked, within, order) => {
      await expectFunnel(events, asked, within, order);
    }), { ...runs, numRuns: 30 });
  }, patience);

  it.each(['any_between', 'strict'] as const)('when steps come just in time or just too late, among first steps that lead nowhere (%s)', async (order) => {
    const ways: readonly (readonly [event: string, ms: number][])[] = [
      [['a', 0], ['b', 3_000]], [['a', 0], ['b', 3_001]],
      [['a', 0], ['a', 1_000], ['b', 3_500], ['a', 4_000]], [['a', 0], ['a', 1_000], ['b', 4_001]],
      [['b', 0], ['a', 1_000]], [['b', 0], ['a', 0]],
      [['a', 0], ['b', 1_000], ['a', 2_000], ['c', 3_000]], [['a', 0], ['b', 1_000], ['a', 2_000], ['c', 3_001]],
      [['a', 0], ['c', 100], ['b', 200], ['c', 300]], [['b', 0], ['a', 1_000], ['c', 5_000], ['a', 6_000], ['b', 9_000], ['c', 9_000]],
    ];
    const events = ways.flatMap((way, user) => way.map(([event, ms]): ModelEvent => ({ event_id: randomUUID(), event, user_id: `u${user}`, at: from + ms, properties: {} })));
    await expectFunnel(events, [{ event: 'a' }, { event: 'b' }, { event: 'c' }], 3, order);
  }, patience);

  it('when users come back', async () => {
    await fc.assert(fc.asyncProperty(someEvents, aStep, aStep, async (events, first, returning) => {
      const ask = await organizationWith(events);
      const answer = await ask('retention', { first: JSON.stringify(first), returning: JSON.stringify(returning) });
      expect(answer.data.map(({ users, returned }: { users: number; returned: number[] }) => ({ users, returned }))).toEqual(retentionOf(events, first, returning, from, to));
    }), runs);
  }, patience);
});
