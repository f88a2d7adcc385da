import { isUnavailable } from '@atrium/platform/http';
import { z } from 'zod';

/** Names that S3 gives a missing object: HEAD has no body to say more in. */
const missing = new Set(['NotFound', 'NoSuchKey']);

export const isMissing = (error: unknown): boolean => error instanceof Error && missing.has(error.name);

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
