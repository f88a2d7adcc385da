import type { Membership, MembershipRole } from '../memberships/membership.js';
import { claimsOf, type MembershipClaims } from '../tokens/token-claims.js';
import type { ApiKeyGrant } from './api-key.repository.js';

/**
 * What a key may now: what it was given and what its owner holds at present, whichever is less. A key of one site holds
 * there, too, what its owner holds everywhere; it names no role, since it has none.
 */
export function claimsOfApiKey(key: ApiKeyGrant, membership: Membership): MembershipClaims {
  const owner = claimsOf(membership);
  const given = (permissions: readonly string[]): string[] => permissions.filter((name) => key.permissions.includes(name));
  const atSite = (siteId: string): string[] =>
    given([...new Set([...owner.permissions, ...(owner.site_permissions[siteId] ?? [])])].sort());
  const { org_id, mv } = owner;
  if (key.site_id !== null) {
    return { org_id, mv, roles: [], permissions: [], site_ids: [key.site_id], site_permissions: { [key.site_id]: atSite(key.site_id) } };
  }
  const sites = owner.site_ids.filter((siteId) => given(owner.site_permissions[siteId] ?? []).length > 0);
  return {
    org_id,
    mv,
    roles: [],
    permissions: given(owner.permissions),
    site_ids: sites,
    site_permissions: Object.fromEntries(sites.map((siteId) => [siteId, given(owner.site_permissions[siteId] ?? [])])),
  };
}

/** What the person holds in the scope: at a site also what they hold everywhere. */
export const heldIn = (roles: readonly MembershipRole[], siteId: string | null): ReadonlySet<string> =>
  new Set(roles.filter(({ site_id }) => site_id === null || site_id === siteId).flatMap(({ permissions }) => permissions));
