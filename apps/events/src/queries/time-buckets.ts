import { type interval, maxBuckets } from '@atrium/contracts/events';
import { invalidField } from '@atrium/platform/errors';
import type { z } from 'zod';

export type Interval = z.output<typeof interval>;

const minute = 60_000;
const day = 24 * 60 * minute;
/** Milliseconds; the shortest that the interval can be. */
const shortest: Readonly<Record<Interval, number>> = { minute, hour: 30 * minute, day: 23 * 60 * minute, week: 7 * day - 60 * minute, month: 28 * day - 60 * minute };

/** ClickHouse's beginning of the interval around a time, in the time zone. Weeks begin on Monday. Seconds of the epoch. */
export function startOf(unit: Interval, time: string, tz: string): string {
  const start = {
    minute: `toStartOfMinute(${time}, ${tz})`,
    hour: `toStartOfHour(${time}, ${tz})`,
    day: `toStartOfDay(${time}, ${tz})`,
    week: `toStartOfWeek(${time}, 1, ${tz})`,
    month: `toStartOfMonth(${time}, ${tz})`,
  }[unit];
  return `toUnixTimestamp(toDateTime(${start}, ${tz}))`;
}

/** Points of time, in milliseconds, that touch every interval of the window: no interval is shorter than their distance. */
export const pointsIn = (from: number, to: number, unit: Interval): { readonly step: number; readonly count: number } => ({
  step: shortest[unit],
  count: Math.ceil((to - 1 - from) / shortest[unit]) + 1,
});

/** Throws VALIDATION_ERROR for a window of more intervals than one answer holds. */
export function requireFewBuckets(window: { readonly from: string; readonly to: string }, unit: Interval): void {
  const length = unit === 'hour' ? 60 * minute : shortest[unit];
  const buckets = (Date.parse(window.to) - Date.parse(window.from)) / length + 1;
  if (buckets > maxBuckets) throw invalidField('interval', `must divide the window into ${maxBuckets} parts at most`);
}
