export interface Month {
  /** First day, as `YYYY-MM-01`. */
  readonly month: string;
  /** Begin of the next, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** The UTC month of a time in milliseconds since the epoch. */
export function monthOf(time: number): Month {
  const date = new Date(time);
  return {
    month: `${date.toISOString().slice(0, 7)}-01`,
    endsAt: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1),
  };
}
