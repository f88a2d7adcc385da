import { randomUUID } from 'node:crypto';
import { eventsEndpoints } from '@atrium/contracts/events';
import { type Person, until } from '@atrium/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, world } from './platform.js';

let ann: Person;
let writeKey: string;

beforeAll(async () => {
  ann = await world.newAdmin();
  writeKey = (await world.newSource(ann, (await world.newSite(ann)).id)).write_key;
});

const key = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('', '.', 'a.b', 'a', '__proto__', 'constructor', 'a\0', '`', '%2E', 'null', '0'));
const leaf = fc.oneof(
  fc.string(), fc.string({ unit: 'binary' }), fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null),
  fc.constantFrom(2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63), -(2 ** 64), 1e20, 1e21, 5e-324, '2026-01-01', '1e400', '{}', '\\ud800', '\u2028', '\uffff'),
);
const properties = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
})).object;
/** What else may be wrong or right with an event. */
const more = fc.oneof(
  { arbitrary: fc.constant({}), weight: 6 },
  { arbitrary: fc.constantFrom({ event: '' }, { extra: 1 }, { timestamp: '1900-01-01T00:00:00Z' }, { event_id: 'no' }, { context: { page: 5, screen: { width: 'x' }, ip: {} } }), weight: 1 },
);

/** As JSON has it: no -0, and the keys in order. */
const normal = (value: unknown): unknown => sorted(JSON.parse(JSON.stringify(value)));
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]);
}

describe('whatever is sent', () => {
  it('is queryable with equal properties where the answer accepts it, and not at all where it does not', async () => {
    const run = fc.asyncProperty(fc.array(fc.tuple(properties, more), { minLength: 100, maxLength: 200 }), async (cases) => {
      const name = `Property ${randomUUID()}`;
      const events = cases.map(([props, extra], index) => ({ event: name, user_id: `u${index}`, properties: props, ...extra }));
      const headers = { 'x-write-key': writeKey };
      const { accepted, rejected } = (await api.call(eventsEndpoints.ingestEvents, { headers, body: { batch: events } as never })).body;
      const refused = new Set(rejected.map(({ index }) => index));
      expect(accepted + refused.size).toBe(events.length);
      const query = 'SELECT user_id, properties_raw FROM events WHERE event_name = {name:String}';
      const rows = await until('all that was accepted', async () => {
        const { data } = (await api.call(eventsEndpoints.queryBySql, { token: ann.token, body: { query, params: { name } } })).body;
        return data.length >= accepted ? data : undefined;
      });
      const found = Object.fromEntries(rows.map((row) => [String(row['user_id']), sorted(JSON.parse(String(row['properties_raw'])))]));
      const expected = events.flatMap((event, index) => (refused.has(index) ? [] : [[event.user_id, normal(event.properties)]]));
      expect(found).toEqual(Object.fromEntries(expected));
      // `__proto__` is the one key that is refused; the rest of the refusals is what `more` brings.
      const own = cases.filter(([props], index) => refused.has(index) && !JSON.stringify(props).includes('"__proto__"')).map(([, extra]) => Object.keys(extra).length);
      expect(own.every((count) => count > 0)).toBe(true);
    });
    await fc.assert(run, { numRuns: 5, endOnFailure: true });
  }, 120_000);
});
