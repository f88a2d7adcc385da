import type { ServiceName } from '@atrium/contract-kit';
import { DomainError } from '@atrium/platform/errors';

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The connection broke, as an idle one does when the service closes it just as a request goes out. */
const brokenConnection = new Set(['ECONNRESET', 'EPIPE']);

export const isBrokenConnection = (error: unknown): boolean => brokenConnection.has(codeOf(error));

/** Seconds after which a client may try again. */
const retryAfterSeconds = 2;

/** What the client may know of a failed request to a service. */
export function upstreamError(service: ServiceName, error: Error): DomainError {
  if (error instanceof DomainError) return error;
  const detail = `${service}: ${codeOf(error) || error.name}`;
  return new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail, cause: error, retryAfterSeconds });
}

export const tooLate = (service: ServiceName): DomainError =>
  new DomainError('UPSTREAM_TIMEOUT', undefined, { detail: `${service}: no answer in time` });

export const tooBusy = (service: ServiceName): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: `${service}: too many requests under way`, retryAfterSeconds });
