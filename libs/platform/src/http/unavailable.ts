import { QueryFailedError } from 'typeorm';

/** Codes of Node's network layer. */
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/**
 * PostgreSQL states that mean "not now" rather than "wrong": connection failures (08), insufficient resources (53: disk
 * full, too many connections), operator intervention (57P: shutdown). PostgreSQL's manual, appendix A.
 */
const unavailableState = /^(08|53|57P)/;

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return source instanceof Error && 'code' in source && typeof source.code === 'string' ? source.code : undefined;
};

/** pg's own errors without a code: a pool wait that ran out, and a connection lost under a query. */
const lostConnection = /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/;

/**
 * PostgreSQL gave one statement up: it took too long, waited too long for a lock or its transaction, or lost a deadlock
 * or a serialization conflict (57014, 55P03, 25P03, 40P01, 40001). Unlike an outage it may be this request's own doing,
 * so consumers of queues don't wait it out.
 */
const givenUpState = /^(57014|55P03|25P03|40P01|40001)$/;

/** Whether the database gave up this once: the caller may try again. */
export function isGivenUp(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && givenUpState.test(code);
}

/** Whether a dependency is down or out of resources: the caller may try again, nothing is wrong with the request. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (networkCodes.has(code) || unavailableState.test(code))) return true;
  return error instanceof Error && lostConnection.test(error.message);
}
