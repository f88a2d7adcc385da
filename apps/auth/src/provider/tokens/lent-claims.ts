import { isDelegable } from '@atrium/contracts/users';
import type { Membership } from '../../memberships/membership.js';
import { claimsOf, type MembershipClaims } from '../../tokens/token-claims.js';

/** The permissions among scopes; of a client's settings as of now, so that what was taken away is gone. */
export const lentPermissions = (scopes: ReadonlySet<string>, ofClient: readonly string[]): ReadonlySet<string> =>
  new Set(ofClient.filter((permission) => scopes.has(permission) && isDelegable(permission)));

/**
 * What a client app may on a person's behalf: of what the person may, that which they lent. Without roles, since a role is
 * more than its permissions.
 */
export function lentClaims(membership: Membership, lent: ReadonlySet<string>): MembershipClaims {
  const claims = claimsOf(membership);
  const keep = (permissions: readonly string[]): string[] => permissions.filter((permission) => lent.has(permission));
  const sites = Object.entries(claims.site_permissions).map(([site, permissions]) => [site, keep(permissions)] as const);
  const lentSites = sites.filter(([, permissions]) => permissions.length > 0);
  return {
    org_id: claims.org_id,
    site_ids: lentSites.map(([site]) => site),
    roles: [],
    permissions: keep(claims.permissions),
    site_permissions: Object.fromEntries(lentSites),
    mv: claims.mv,
  };
}

/** What a client app may for itself, everywhere in its organization. No membership stands behind it. */
export const ownClaims = (orgId: string, permissions: ReadonlySet<string>): MembershipClaims => ({
  org_id: orgId,
  site_ids: [],
  roles: [],
  permissions: [...permissions].sort(),
  site_permissions: {},
  mv: 0,
});
