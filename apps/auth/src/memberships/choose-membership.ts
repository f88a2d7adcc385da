import { DomainError } from '@atrium/platform/errors';

/**
 * The membership that a session's tokens are for: the requested one, else that of the organization used last, else the
 * first; none while a new person's organization is on its way. Throws INVALID_CREDENTIALS for a requested one that
 * isn't there, so that signing in tells nobody which organizations exist.
 */
export function chooseMembership<M extends { readonly orgId: string }>(
  memberships: readonly M[],
  wanted: { readonly requested?: string | undefined; readonly last: string | null },
): M | undefined {
  const of = (orgId: string | null | undefined) => memberships.find((membership) => membership.orgId === orgId);
  if (wanted.requested === undefined) return of(wanted.last) ?? memberships[0];
  const requested = of(wanted.requested);
  if (!requested) throw new DomainError('INVALID_CREDENTIALS', undefined, { detail: 'no membership of the organization' });
  return requested;
}
