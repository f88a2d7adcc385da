import { DomainError } from '@atrium/platform/errors';
import { isUnavailable } from '@atrium/platform/http';
import { z } from 'zod';

/** Names that S3 gives a missing object: HEAD has no body to say more in. */
const missing = new Set(['NotFound', 'NoSuchKey']);

export const isMissing = (error: unknown): boolean => error instanceof Error && missing.has(error.name);

/** A multipart upload that was completed, aborted or never begun. */
export const hasEnded = (error: unknown): boolean => error instanceof Error && error.name === 'NoSuchUpload';

/** A write under `If-None-Match: *` to a key that has an object, or to which another such write is under way (409). */
export const isTaken = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict');

/** A part that was named is not the one that S3 has. */
export const isReplacedPart = (error: unknown): boolean => error instanceof Error && error.name === 'InvalidPart';

const sdkError = z.object({ $metadata: z.object({ httpStatusCode: z.number().optional() }) });

/**
 * Whether S3 or the way to it is down: no connection, no answer in time (the SDK's TimeoutError), or 5xx, throttling
 * (503 SlowDown) among them. Nothing is wrong with the request, which may be repeated.
 */
export function isStorageUnavailable(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError') return true;
  const parsed = sdkError.safeParse(error);
  return parsed.success && (parsed.data.$metadata.httpStatusCode ?? 0) >= 500;
}

/** For requests of people: an outage is told as one. @throws DomainError UPSTREAM_UNAVAILABLE while S3 is down */
export async function unlessDown<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!isStorageUnavailable(cause)) throw cause;
    throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'S3 did not answer', cause, retryAfterSeconds: 2 });
  }
}
