import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineHead, lineTail } from './event-line.js';

const id = '0198f1c0-0000-7000-8000-000000000000';
const arrival = { orgId: id, siteId: id, sourceId: id, receivedAt: 1, ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 1 };
const anyText = fc.string({ unit: 'binary' });
const hostile = fc.oneof(anyText, fc.constantFrom('\ud800', '\\ud800', '\\\ud800', '\\\\\udfff', '"}\n{"', '\u0000', '\u2028'));

it('a line is one line of valid JSON without half characters, whatever the event says', () => {
  fc.assert(
    fc.property(hostile, hostile, fc.dictionary(hostile, fc.oneof(hostile, fc.array(hostile), fc.dictionary(hostile, hostile))), (event, user_id, properties) => {
      const line = lineHead({ ...arrival, userAgent: event }) + lineTail({ event, user_id, properties }, 5);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/);
      expect(line).not.toMatch(/\p{Surrogate}/u);
      const parsed = JSON.parse(line);
      expect(parsed).toMatchObject({ org_id: id, event_name: event.replace(/\p{Surrogate}/gu, '\ufffd'), ts: 5, type: 'track' });
      expect(Object.keys(parsed.properties).length).toBeLessThanOrEqual(Object.keys(properties).length);
    }),
    { numRuns: 2_000 },
  );
});

it('an event keeps the id that its client gave, and else gets one of version 7', () => {
  const idOf = (event_id?: string) => JSON.parse(`{"a":1${lineTail({ event: 'e', event_id }, 1)}`).event_id;
  expect(idOf(id)).toBe(id);
  expect(idOf()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
