import { describe, expect, it } from 'vitest';
import { eventTimeseries } from './query.endpoints.js';

const parse = (tz: string): boolean =>
  eventTimeseries.query.safeParse({ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', tz }).success;

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta'])('may be %s', (tz) => expect(parse(tz)).toBe(true));
  it.each(['Mars/Olympus', '', '+01:00', "UTC'; drop table events"])('may not be %j', (tz) => expect(parse(tz)).toBe(false));
});
