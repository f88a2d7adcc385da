import { eventTypes, ingestEvent } from '@atrium/contracts/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEventProblem } from './event-problem.js';

const hostileKeys = fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype', '', 'a.b');
const anyKey = fc.oneof(fc.string(), hostileKeys);
const hostileDates = fc.constantFrom(
  '2026-11-20T10:00:00Z', '2026-11-20T10:00Z', '2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00+05:30', '2026-11-20T10:00:00+0530', '2026-02-30T10:00:00Z',
  '2024-02-29T00:00:00Z', '2023-02-29T00:00:00Z', '1900-01-01T00:00:00Z', '2026-11-20', '2026-11-20 10:00:00Z', '2026-11-20T24:00:00Z', '2026-11-20T10:00:60Z', '20261120T100000Z', '2026-11-20T10:00:00', '٢٠٢٦-11-20T10:00:00Z',
);
const uuidLike = fc.oneof(
  { weight: 10, arbitrary: fc.uuid() }, fc.uuid().map((id) => id.toUpperCase()), fc.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  fc.constantFrom('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{0198f1c0-0000-7000-8000-000000000000}', '0198f1c0-0000-7000-8000-000000000000\n'),
);
const shortText = fc.oneof({ weight: 12, arbitrary: fc.string({ minLength: 1 }) }, fc.constant(''), fc.constant('x'.repeat(256)), fc.constant('x'.repeat(257)), fc.constant('😀'.repeat(128)), fc.constant('😀'.repeat(129)));
const usualDate = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map((value) => value.toISOString());
const date = fc.oneof({ weight: 8, arbitrary: usualDate }, { weight: 2, arbitrary: hostileDates }, { weight: 1, arbitrary: fc.string() });
const free = fc.oneof({ weight: 10, arbitrary: fc.dictionary(anyKey, fc.jsonValue()) }, { weight: 1, arbitrary: fc.jsonValue() });
const anything = fc.oneof(fc.jsonValue(), shortText, date, uuidLike, free);
const likely = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 40, arbitrary }, { weight: 1, arbitrary: anything });

const nearEvent = fc.record(
  {
    event_id: likely(uuidLike), type: likely(fc.constantFrom(...eventTypes)), event: likely(shortText), user_id: likely(shortText), anonymous_id: likely(shortText),
    session_id: likely(shortText), timestamp: likely(date), sent_at: likely(date), properties: likely(free), context: likely(free),
  },
  { requiredKeys: ['event'] },
);
const nearOrNameless = fc.oneof({ weight: 12, arbitrary: nearEvent }, { weight: 1, arbitrary: nearEvent.map(({ event: _event, ...rest }) => rest) });
const withExtras = fc.tuple(nearOrNameless, fc.oneof({ weight: 12, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.dictionary(anyKey, fc.jsonValue(), { maxKeys: 2 }) }))
  .map(([event, extras]) => ({ ...extras, ...event }));

/** As it arrives: only what JSON can say, `__proto__` an own property. */
const arriving = fc.oneof({ weight: 12, arbitrary: withExtras }, { weight: 1, arbitrary: anything }).map((value): unknown => JSON.parse(JSON.stringify(value) ?? 'null'));

describe('the fast validator of events', () => {
  it('takes exactly what the contract takes', () => {
    let taken = 0;
    fc.assert(
      fc.property(arriving, (value) => {
        const expected = ingestEvent.safeParse(value).success;
        if (expected) taken += 1;
        expect(findEventProblem(value) === undefined).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('names the field that is wrong', () => {
    expect(findEventProblem({ event: 'e', site_id: 'x' })).toEqual({ field: 'site_id', message: 'is not a known field' });
    expect(findEventProblem({})).toEqual({ field: 'event', message: 'is required' });
    expect(findEventProblem({ event: 'e', timestamp: 'yesterday' })?.field).toBe('timestamp');
    expect(findEventProblem(JSON.parse('{"event":"e","__proto__":{}}'))?.field).toBe('__proto__');
  });
});
