import { SecretError } from '@atrium/platform/secrets';

/**
 * ClickHouse refused or failed a query; `code` as in its `ErrorCodes.cpp`, 0 where the answer was somebody else's, such as
 * a proxy's. The message may hold names and paths.
 */
export class ClickHouseError extends Error {
  override readonly name = 'ClickHouseError';

  constructor(
    readonly code: number,
    message: string,
    /** HTTP status of the answer. */
    readonly status?: number,
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

const memoryLimitExceeded = 241;
/** What was sent may be too much at once: less of it may pass. */
export const isTooMuchAtOnce = (error: unknown): boolean => error instanceof ClickHouseError && error.code === memoryLimitExceeded;

/**
 * Codes that say "not now": timeouts (159, 209), limits on queries, quotas, load, memory, parts and mutations (201, 202,
 * 203, 241, 252, 692, 745), network and names (198, 210, 279), a table, server or disk that takes no writes (164, 242,
 * 243), failing disks and object stores (74–77, 173, 499), a server that stops or cancels (236, 394), replicas and Keeper
 * (225, 242, 254, 285, 286, 289, 319, 999), system (425, 439, 473); and a server that is not set up or loaded yet: no such
 * table or database (60, 81, 218), rights, user and password (192–194, 497, 516), loading (667, 695, 696, 722).
 */
const transientCodes = new Set([
  60, 74, 75, 76, 77, 81, 159, 164, 173, 192, 193, 194, 198, 201, 202, 203, 209, 210, 218, 225, 236, 241, 242, 243, 252, 254,
  279, 285, 286, 289, 319, 394, 425, 439, 473, 497, 499, 516, 667, 692, 695, 696, 722, 745, 999,
]);

/** 400 and 413 are about the request; any other answer that is not ClickHouse's own says nothing about it. */
const isFromBetween = ({ code, status }: ClickHouseError): boolean =>
  code === 0 && status !== undefined && status !== 400 && status !== 413;

/** Whether the same request may well succeed later: nothing is wrong with it. */
export const isTransientFailure = (error: unknown): boolean =>
  error instanceof ClickHouseUnreachableError ||
  error instanceof SecretError ||
  (error instanceof ClickHouseError && (transientCodes.has(error.code) || isFromBetween(error)));

/** Codes that say that a row can't be read: parsing (6, 25–27, 33, 38, 41, 72, 130, 131, 376), types and values
 * (53, 69, 70, 117), nesting (306). */
const dataCodes = new Set([6, 25, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 130, 131, 306, 376]);

export const isDataError = (error: unknown): error is ClickHouseError =>
  error instanceof ClickHouseError && dataCodes.has(error.code);
