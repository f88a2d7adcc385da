import type { IngestEvent } from '@atrium/contracts/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEventProblem, UnreadableEvent } from '../ingest/event-problem.js';
import { parseJson } from '../ingest/parse-json.js';
import { nameBasedId } from './name-based-id.js';
import { type SegmentRequest, toEvent } from './segment-message.js';

const namespace = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const request: SegmentRequest = { type: undefined, context: undefined, sentAt: undefined, namespace };
const read = (message: unknown, more: Partial<SegmentRequest> = {}): Partial<IngestEvent> => {
  const event = toEvent(message, { ...request, ...more });
  if (event instanceof UnreadableEvent) throw new Error(`${event.problem.field} ${event.problem.message}`);
  return JSON.parse(JSON.stringify(event));
};
const track = (more: object) => ({ type: 'track', event: 'E', ...more });

describe('a message', () => {
  it('gets the id that its message id stands for', () => {
    const uuid = '0190f3b2-0000-7000-8000-000000000001';
    expect(read(track({ messageId: uuid })).event_id).toBe(uuid);
    expect(read(track({})).event_id).toBeUndefined();
    // RFC 9562 appendix A.4.
    expect(nameBasedId(namespace, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(read(track({ messageId: 'www.example.com' })).event_id).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(read(track({ messageId: 'x' }), { namespace: uuid }).event_id).not.toBe(read(track({ messageId: 'x' })).event_id);
  });

  it('may have numbers for ids, to the last digit', () => {
    const message = parseJson(Buffer.from('{"type":"track","event":"E","userId":12345678901234567890,"anonymousId":7,"context":{"sessionId":1700000000}}'));
    expect(read(message)).toMatchObject({ user_id: '12345678901234567890', anonymous_id: '7', session_id: '1700000000' });
    expect(read(track({ userId: '', anonymousId: null }))).not.toHaveProperty('user_id');
  });

  it('says what it says by its type', () => {
    expect(read({ type: 'identify', traits: { a: 1 } })).toMatchObject({ event: 'Identify', properties: { a: 1 } });
    expect(read({ type: 'identify', context: { traits: { a: 2 } } })).toMatchObject({ properties: { a: 2 } });
    expect(read({ type: 'page', name: 'Home', category: '', properties: { name: 'Own' } })).toMatchObject({ event: 'Page Viewed', properties: { name: 'Own' } });
    expect(read({ type: 'screen', name: 'Start' })).toMatchObject({ event: 'Screen Viewed', properties: { name: 'Start' } });
    expect(read({ type: 'group', groupId: 5, traits: { a: 1 } })).toMatchObject({ event: 'Group', group_id: '5', properties: { a: 1 } });
    expect(read({ type: 'alias', previousId: 'p', userId: 'u' })).toMatchObject({ event: 'Alias', previous_id: 'p', user_id: 'u' });
    expect(read({ type: 'track', event: 'E', traits: { a: 1 } })).not.toHaveProperty('properties');
    expect(read({ type: 'track', event: 'E' }, { type: 'page' })).toMatchObject({ type: 'page' });
  });

  it('takes the context of its batch where it has none of its own', () => {
    const context = { locale: 'de', library: { name: 'b' } };
    expect(read(track({ context: { locale: 'en' } }), { context }).context).toEqual({ locale: 'en', library: { name: 'b' } });
    expect(read(track({}), { context }).context).toEqual(context);
  });

  it.each([
    [{}, { timestamp: undefined, sent_at: undefined }],
    [{ timestamp: '2026-01-01T00:00:00Z', sentAt: '2026-01-01T00:00:01Z' }, { timestamp: '2026-01-01T00:00:00Z', sent_at: '2026-01-01T00:00:01Z' }],
    [{ originalTimestamp: '2026-01-01T00:00:00Z', sentAt: 'broken' }, { timestamp: '2026-01-01T00:00:00Z', sent_at: undefined }],
    [{ timestamp: '2026-01-01', originalTimestamp: '2025-01-01', sentAt: '2025-01-02' }, { timestamp: '2026-01-01T00:00:00.000Z', sent_at: undefined }],
    [{ timestamp: 1_767_225_600_000 }, { timestamp: '2026-01-01T00:00:00.000Z' }],
  ])('tells its time: %j', (times, expected) => {
    const event = read(track(times));
    expect({ timestamp: event.timestamp, sent_at: event.sent_at }).toMatchObject(expected);
  });

  it.each([
    [5, ' must be an object'], [{ type: 'dance' }, 'type must be one of'], [{ type: 'constructor' }, 'type must be one of'], [{ type: 'track' }, 'event is required'],
    [track({ userId: {} }), 'userId must be a text'], [track({ properties: [] }), 'properties must be an object'], [track({ context: 'x' }), 'context must be an object'],
    [track({ timestamp: 'soon' }), 'timestamp must be a date and time'], [track({ timestamp: {} }), 'timestamp must be a date and time'],
  ])('is refused by name: %j', (message, reason) => expect(() => read(message)).toThrow(reason));

  it('never breaks anything, whatever it is', () => {
    const field = fc.constantFrom('type', 'event', 'userId', 'messageId', 'properties', 'traits', 'context', 'timestamp', 'sentAt', 'name', '__proto__', 'x');
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('track', 'page', 'identify', '2026-01-01T00:00:00Z'));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, value)), (entries) => {
        const event = toEvent(Object.fromEntries(entries), request);
        if (!(event instanceof UnreadableEvent)) void findEventProblem(event);
      }),
    );
  });
});
