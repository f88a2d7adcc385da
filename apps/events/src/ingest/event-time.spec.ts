import { describe, expect, it } from 'vitest';
import { eventTime as timeOf } from './event-time.js';

const received = Date.parse('2026-11-20T12:00:00.000Z');
const eventTime = (timestamp: string | undefined, sentAt: string | undefined, receivedAt: number, days = 1827) => timeOf(timestamp, sentAt, receivedAt, days);
const before = (milliseconds: number) => new Date(received - milliseconds).toISOString();

describe('the time of an event', () => {
  it('is its arrival where it names none', () => {
    expect(eventTime(undefined, undefined, received)).toBe(received);
    expect(eventTime(undefined, before(5_000_000), received)).toBe(received);
  });

  it('is what the client says, in any offset', () => {
    expect(eventTime('2026-11-20T13:00:00+01:00', undefined, received)).toBe(received);
  });

  it('is corrected by a clock that was off by more than a minute', () => {
    expect(eventTime('1970-01-01T00:05:00Z', '1970-01-01T00:10:00Z', received)).toBe(received - 300_000);
    expect(eventTime(before(-7_200_000), before(-7_200_000), received)).toBe(received);
  });

  it('is left alone by the way of the request, so that a resent event keeps its time', () => {
    expect(eventTime(before(90_000), before(59_000), received)).toBe(received - 90_000);
    expect(eventTime(before(90_000), before(1_000), received)).toBe(received - 90_000);
  });

  it('must lie within five years back and seven days ahead', () => {
    expect(eventTime('1900-01-01T00:00:00Z', undefined, received)).toBeUndefined();
    expect(eventTime('2300-01-01T00:00:00Z', undefined, received)).toBeUndefined();
    expect(eventTime('2021-11-21T00:00:00Z', undefined, received)).toBeDefined();
    expect(eventTime('2026-11-27T11:59:59Z', undefined, received)).toBeDefined();
    expect(eventTime('2026-11-27T12:00:01Z', undefined, received)).toBeUndefined();
  });

  it('must be one that is kept', () => {
    expect(eventTime('2026-11-01T00:00:00Z', undefined, received, 30)).toBeDefined();
    expect(eventTime('2026-10-01T00:00:00Z', undefined, received, 30)).toBeUndefined();
  });
});
