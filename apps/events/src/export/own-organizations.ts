import { usersEndpoints } from '@atrium/contracts/users';
import { currentContext } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { injectTraceContext } from '@atrium/platform/telemetry';

/** Dependency-injection token of the base URL of the users service. */
export const USERS_URL = Symbol('UsersUrl');

/** Milliseconds; a request of a person waits on it. */
const patience = 3_000;

const { path, success } = usersEndpoints.listOrganizations;

/** Asks users on the caller's behalf where they are a member: it decides. @throws DomainError UPSTREAM_UNAVAILABLE */
export async function ownOrganizations(usersUrl: string): Promise<string[]> {
  const context = currentContext();
  const headers = {
    authorization: `Bearer ${context?.accessToken ?? ''}`,
    'x-request-id': context?.requestId ?? '',
    ...injectTraceContext(),
  };
  try {
    const response = await fetch(new URL(path, usersUrl), { headers, signal: AbortSignal.timeout(patience) });
    if (response.status !== 200) throw new Error(`users answered ${response.status} when asked for organizations`);
    return success.schema.parse(await response.json()).data.map(({ id }) => id);
  } catch (cause) {
    throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'users could not be asked for organizations', cause, retryAfterSeconds: 2 });
  }
}
