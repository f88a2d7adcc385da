import { DomainError } from '@atrium/platform/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arrival } from './event-line.js';
import { answerOf, judgeEvents, requireSingleAccepted } from './judge-events.js';
import { type IngestRequestBody, parseBody } from './parse-body.js';
import { readBody } from './plain-body.js';
import { PlainEvent } from './plain-event.js';

const now = Date.parse('2026-11-21T12:00:00Z');
const arrival: Arrival = {
  orgId: 'o', siteId: 's', sourceId: 'c', receivedAt: now, ip: '10.0.0.0', userAgent: 'é', requestId: 'r', traceId: 't', retentionDays: 30,
};

/** Columns of a line, without an id that was made for it. */
function columnsOf(line: string | Uint8Array): unknown {
  const text = typeof line === 'string' ? line : Buffer.from(line).toString('utf8');
  expect(text).toMatch(/^[^\n]*\n$/);
  const { event_id: id, properties_raw: raw, ...columns } = JSON.parse(text) as Record<string, unknown>;
  return { ...columns, raw: raw === undefined ? undefined : JSON.parse(String(raw)), given: typeof id === 'string' && id.startsWith('00000000') ? id : undefined };
}

/** Everything that comes of a body: columns, verdicts, or the refusal. */
function outcome(body: Buffer, read: (body: Buffer) => IngestRequestBody): unknown {
  try {
    const parsed = read(body);
    const judgement = judgeEvents(parsed, arrival);
    requireSingleAccepted(parsed, judgement);
    return { ...answerOf(judgement), columns: judgement.lines.map(columnsOf) };
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, message: error.message, fields: error.fields };
    throw error;
  }
}

const plainIn = (body: Buffer): number => readBody(body).events.filter((event) => event instanceof PlainEvent).length;

const longText = 'x'.repeat(257);
const members = fc.constantFrom(
  '"event":"Order Placed"', '"event":"Bestellt ä 😀"', '"event":"a\\u00e9\\/"', '"event":""', `"event":"${longText}"`, '"event":1', '"user_id":"u-1"', '"user_id":null',
  '"anonymous_id":"a"', '"session_id":"s"', '"group_id":"g"', '"previous_id":"p"', '"event_id":"00000000-0000-7000-8000-000000000001"', '"event_id":"1"', '"type":"page"', '"type":"other"',
  '"timestamp":"2026-11-20T10:00:00Z"', '"timestamp":"2026-11-20T10:00:00.123+02:00"', '"timestamp":"1900-01-01T00:00:00Z"', '"timestamp":"yesterday"', '"sent_at":"2026-11-21T11:00:00Z"',
  '"properties":{"price":12.5,"list":["a","b"],"in":{"er":true}}', '"properties":{}', '"properties":{"a":null}', '"properties":{"id":9007199254740993}', '"properties":{"a":1e400}',
  '"properties":[]', '"properties":{"__proto__":1}', `"properties":{"a":"${'y'.repeat(33_000)}"}`, `"properties":{"a":"${'é'.repeat(16_000)}"}`, '"context":{"locale":"de","none":null,"a.b":[1,"x"]}',
  '"context":{"ip":"1.2.3.4"}', '"context":{"userAgent":"Mozilla/5.0"}', '"context":{}', '"other":1', '"batch":[]', '"__proto__":{}',
);
const keyOf = (member: string): string => member.slice(0, member.indexOf(':'));
const distinct = fc.uniqueArray(members, { maxLength: 5, selector: keyOf });
const named = fc.tuple(distinct, fc.nat(5)).map(([all, at]) => all.filter((one) => keyOf(one) !== '"event"').toSpliced(at, 0, '"event":"E"'));
const event = fc.tuple(fc.oneof({ weight: 4, arbitrary: named }, { weight: 1, arbitrary: fc.array(members, { maxLength: 5 }) }), fc.constantFrom(',', ', ')).map(([all, comma]) => `{${all.join(comma)}}`);
const batchEnd = fc.constantFrom(']}', ']}', '],"sent_at":"2026-11-21T11:00:00Z"}', '],"sent_at":"x"}', '],"more":1}', ']', ']} ', ',]}');
const batch = fc.tuple(fc.array(fc.oneof({ weight: 9, arbitrary: event }, { weight: 1, arbitrary: fc.constantFrom('1', '[]', '{', '"a"') }), { maxLength: 5 }), fc.constantFrom(',', ', ', ',\n'), batchEnd)
  .map(([events, comma, end]) => `{"batch":[${events.join(comma)}${end}`);
const fragments = fc.constantFrom('"', '\\', '\\ud800', '\\u0061', ',', ':', '{', '}', '[', ']', ' ', '\n', '\u0000', '\ufeff', '0', '-', '.', 'e', 'null', '"a":1,', 'ä');
const damage = fc.option(fc.tuple(fc.nat(), fragments, fc.nat(3)), { nil: undefined, freq: 1 });

/** Right and wrong bodies, and right ones with something put in or taken out. */
const bodies = fc.tuple(fc.oneof(event, batch), damage).map(([text, broken]) => {
  if (!broken) return text;
  const [where, fragment, gone] = broken;
  const at = where % (text.length + 1);
  return text.slice(0, at) + fragment + text.slice(at + gone);
});

describe('a body whose events are left unparsed', () => {
  it('comes to the same columns, verdicts and refusals as one that is parsed', () => {
    let unparsed = 0;
    fc.assert(
      fc.property(bodies, (text) => {
        const body = Buffer.from(text);
        const expected = outcome(body, parseBody);
        expect(outcome(body, readBody)).toEqual(expected);
        if (!(expected as { code?: string }).code) unparsed += plainIn(body);
      }),
      { numRuns: 3_000 },
    );
    expect(unparsed).toBeGreaterThan(100);
  });

  it('comes to the same as one that is parsed, whatever bytes it has', () => {
    const cut = fc.tuple(bodies, fc.nat(), fc.uint8Array({ maxLength: 3 })).map(([text, where, bytes]) => {
      const whole = Buffer.from(text);
      return Buffer.concat([whole.subarray(0, where % (whole.length + 1)), bytes, whole.subarray(where % (whole.length + 1))]);
    });
    fc.assert(fc.property(cut, (body) => void expect(outcome(body, readBody)).toEqual(outcome(body, parseBody))), { numRuns: 1_000 });
  });

  it('has its ordinary events unparsed, and parses the others alone', () => {
    expect(plainIn(Buffer.from('{"batch":[{"event":"a"},{"event":"b","properties":{"x":1e3}},{"event":"c","properties":{"x":null}}]}'))).toBe(2);
  });

  it('is refused where it holds too many events', () => {
    const many = Buffer.from(`{"batch":[${'{"event":"a"},'.repeat(1_000)}{"event":"a"}]}`);
    expect(() => readBody(many)).toThrow('A batch holds 1000 events at most.');
    expect(plainIn(Buffer.from(`{"batch":[${'{"event":"a"},'.repeat(999)}{"event":"a"}]}`))).toBe(1_000);
  });
});
