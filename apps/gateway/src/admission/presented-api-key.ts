import type { IncomingHttpHeaders } from 'node:http';
import { bearerToken, isMeantAsApiKey } from '@atrium/platform/auth-guard';
import { DomainError } from '@atrium/platform/errors';

/**
 * The API key that a request carries, as bearer token or as `X-Api-Key`; undefined for other credentials or none. A key
 * in the target is none: targets are written into logs. Throws UNAUTHENTICATED where two credentials contradict.
 */
export function presentedApiKey({ authorization, 'x-api-key': header }: IncomingHttpHeaders): string | undefined {
  if (header !== undefined) {
    if (authorization !== undefined) throw new DomainError('UNAUTHENTICATED', 'Send one credential.', { detail: 'two credentials' });
    return typeof header === 'string' ? header.trim() : '';
  }
  const token = bearerToken(authorization);
  return token !== undefined && isMeantAsApiKey(token) ? token : undefined;
}
