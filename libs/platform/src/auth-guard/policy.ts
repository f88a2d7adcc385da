import { can, type Principal } from '@atrium/contract-kit';
import { AccessDeniedError } from './access-denied-error.js';

/** Throws FORBIDDEN unless the principal holds the permission organization-wide or, if a site is named, at that site. */
export function requirePermission(principal: Principal, permission: string, siteId?: string): void {
  if (can(principal, permission, siteId)) return;
  const where = siteId === undefined ? 'organization-wide' : `at site ${siteId}`;
  throw new AccessDeniedError('FORBIDDEN', { permission, reason: `${permission} is not held ${where}` });
}

/**
 * Throws NOT_FOUND unless the principal may read at the site: an object of a site that they don't see looks the same
 * as one that doesn't exist. `what` names the object, as in "There is no such asset."
 */
export function requireSiteVisible(principal: Principal, readPermission: string, siteId: string, what: string): void {
  if (can(principal, readPermission, siteId)) return;
  throw new AccessDeniedError('NOT_FOUND', {
    permission: readPermission,
    reason: `${what} of site ${siteId}, where ${readPermission} is not held`,
    publicMessage: `There is no such ${what}.`,
  });
}

/** Throws NOT_FOUND where the principal can't see the site's object, FORBIDDEN where they see it but may not act on it. */
export function requireAtSite(
  principal: Principal,
  permissions: { readonly read: string; readonly act: string },
  siteId: string,
  what: string,
): void {
  requireSiteVisible(principal, permissions.read, siteId, what);
  requirePermission(principal, permissions.act, siteId);
}

/** Throws NOT_FOUND for an object of another organization. */
export function requireSameOrganization(principal: Principal, orgId: string, what: string): void {
  if (principal.orgId === orgId) return;
  throw new AccessDeniedError('NOT_FOUND', {
    reason: `${what} of another organization`,
    publicMessage: `There is no such ${what}.`,
  });
}
