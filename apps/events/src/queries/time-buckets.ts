import { type interval, maxBuckets } from '@atrium/contracts/events';
import { invalidField } from '@atrium/platform/errors';
import type { z } from 'zod';

export type Interval = z.output<typeof interval>;

const minute = 60_000;
const day = 24 * 60 * minute;
/** Milliseconds; the shortest that the interval can be. */
const shortest: Readonly<Record<Interval, number>> = { minute, hour: 60 * minute, day: 23 * 60 * minute, week: 7 * day - 60 * minute, month: 28 * day - 60 * minute };

/** ClickHouse's beginning of the interval around a time, in the time zone `{tz:String}`. Weeks begin on Monday. */
export const startOf: Readonly<Record<Interval, (time: string) => string>> = {
  minute: (time) => `toStartOfMinute(${time}, {tz:String})`,
  hour: (time) => `toStartOfHour(${time}, {tz:String})`,
  day: (time) => `toStartOfDay(${time}, {tz:String})`,
  week: (time) => `toStartOfWeek(${time}, 1, {tz:String})`,
  month: (time) => `toStartOfMonth(${time}, {tz:String})`,
};

/** Throws VALIDATION_ERROR for a window of more intervals than one answer holds. */
export function requireFewBuckets(window: { readonly from: string; readonly to: string }, unit: Interval): void {
  const buckets = (Date.parse(window.to) - Date.parse(window.from)) / shortest[unit] + 1;
  if (buckets > maxBuckets) throw invalidField('interval', `must divide the window into ${maxBuckets} parts at most`);
}
