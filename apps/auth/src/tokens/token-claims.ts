import type { Membership, MembershipRole } from '../memberships/membership.js';

/** The claims that say what the person may do in the token's organization. */
export interface MembershipClaims {
  readonly org_id: string | null;
  readonly site_ids: string[];
  readonly roles: string[];
  readonly permissions: string[];
  readonly site_permissions: Record<string, string[]>;
  readonly mv: number;
}

const sortedUnion = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort();

const atSite = (roles: readonly MembershipRole[], siteId: string): MembershipRole[] =>
  roles.filter((role) => role.site_id === siteId);

/** Claims of a membership; without one the token names no organization and permits nothing. */
export function claimsOf(membership: Membership | undefined): MembershipClaims {
  if (!membership) return { org_id: null, site_ids: [], roles: [], permissions: [], site_permissions: {}, mv: 0 };
  const { orgId, version, roles } = membership;
  const siteIds = sortedUnion([roles.flatMap((role) => role.site_id ?? [])]);
  return {
    org_id: orgId,
    site_ids: siteIds,
    roles: sortedUnion([roles.map((role) => role.name)]),
    permissions: sortedUnion(roles.filter((role) => role.site_id === null).map((role) => role.permissions)),
    site_permissions: Object.fromEntries(
      siteIds.map((siteId) => [siteId, sortedUnion(atSite(roles, siteId).map((role) => role.permissions))]),
    ),
    mv: version,
  };
}
