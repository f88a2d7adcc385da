type Unit = 'day' | 'week' | 'month';

const day = 86_400_000;
/** 1 January 1970 was a Thursday. */
const daysToMonday = 3;

/** Days, weeks from Monday or months of the calendar in the time zone, counted from 1970: neighbours differ by one whatever the clocks do. */
export function calendarIndexSql(unit: Unit, time: string, tz: string): string {
  const date = `toDate(${time}, ${tz})`;
  if (unit === 'month') return `toInt32((toYear(${date}) - 1970) * 12 + toMonth(${date}) - 1)`;
  const days = `toInt32(${date})`;
  return unit === 'day' ? days : `intDiv(${days} + ${daysToMonday}, 7)`;
}

/** `2026-11-16`. */
export function firstDayOf(unit: Unit, index: number): string {
  const date = unit === 'month' ? Date.UTC(1970, index, 1) : (unit === 'day' ? index : index * 7 - daysToMonday) * day;
  return new Date(date).toISOString().slice(0, 10);
}
