import { usersEndpoints } from '@atrium/contracts/users';
import { currentContext } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { injectTraceContext } from '@atrium/platform/telemetry';

/** Milliseconds; a request of a person waits on it. */
const patience = 3_000;

const unavailable = (detail: string, cause?: unknown): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail, cause, retryAfterSeconds: 2 });

/** Asks the users service on the caller's behalf whether the site exists: it decides what the caller may see. */
export async function siteExistsAtUsers(usersUrl: string, siteId: string): Promise<boolean> {
  const context = currentContext();
  if (!context?.accessToken) return false;
  const url = new URL(usersEndpoints.getSite.path.replace('{id}', siteId), usersUrl);
  const headers = {
    authorization: `Bearer ${context.accessToken}`,
    'x-request-id': context.requestId,
    ...injectTraceContext(),
  };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(patience) }).catch((error: unknown) => {
    throw unavailable('users could not be asked about a site', error);
  });
  await response.body?.cancel();
  if (response.status === 200) return true;
  if (response.status < 500) return false;
  throw unavailable(`users answered ${response.status} when asked about a site`);
}
