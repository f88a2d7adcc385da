/** Seconds that one query may run. */
export const maxQuerySeconds = 10;
