/** ClickHouse refused or failed a query; `code` as in its `ErrorCodes.cpp`. The message may hold names and paths. */
export class ClickHouseError extends Error {
  override readonly name = 'ClickHouseError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** ClickHouse did not answer. */
export class ClickHouseUnreachableError extends Error {
  override readonly name = 'ClickHouseUnreachableError';
}

const authenticationFailed = 516;
export const isAuthenticationFailure = (error: unknown): boolean =>
  error instanceof ClickHouseError && error.code === authenticationFailed;

/**
 * Codes that say "not now": timeouts (159, 209), limits on queries, memory and parts (202, 241, 252), network (210),
 * read-only or full disks (242, 243), cancelled or aborted (394, 236), unknown status (319), Keeper (999), system (425);
 * and a server that is not set up yet: no such table or database (60, 81), rights (497), password (516).
 */
const transientCodes = new Set([60, 81, 159, 202, 209, 210, 236, 241, 242, 243, 252, 319, 394, 425, 497, 516, 999]);

/** Whether the same request may well succeed later: nothing is wrong with it. */
export const isTransientFailure = (error: unknown): boolean =>
  error instanceof ClickHouseUnreachableError || (error instanceof ClickHouseError && transientCodes.has(error.code));

/** Codes that say that a row can't be read: parsing (6, 25–27, 33, 38, 41, 72, 130, 131, 376), types and values
 * (53, 69, 70, 117), nesting (306). */
const dataCodes = new Set([6, 25, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 130, 131, 306, 376]);

export const isDataError = (error: unknown): error is ClickHouseError =>
  error instanceof ClickHouseError && dataCodes.has(error.code);
