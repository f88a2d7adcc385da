import { isOneself, type Principal, sitesWhere } from '@atrium/contract-kit';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import { highestRank, rankIn } from '../memberships/grant.policy.js';
import type { HeldRole } from '../memberships/role-assignment.repository.js';
import type { SiteScope } from '../sites/site.repository.js';

const holdsRoleAt = (held: readonly HeldRole[], sites: readonly string[]): boolean =>
  held.some(({ site_id }) => site_id !== null && sites.includes(site_id));

/** Everybody sees themselves; whose users.read is of sites sees the people who hold a role there, and nobody else. */
export function maySee(principal: Principal, userId: string, held: readonly HeldRole[]): boolean {
  if (isOneself(principal, userId)) return true;
  const sites = sitesWhere(principal, 'users.read');
  return sites === 'all' || holdsRoleAt(held, sites);
}

/** Roles of a person that the principal may know of: their own, or those within the reach of users.read. */
export function visibleRoles(principal: Principal, userId: string, held: readonly HeldRole[]): readonly HeldRole[] {
  const sites: SiteScope = isOneself(principal, userId) ? 'all' : sitesWhere(principal, 'users.read');
  return held.filter(({ site_id }) => sites === 'all' || site_id === null || sites.includes(site_id));
}

/** Throws FORBIDDEN unless it is oneself, or users.update reaches the person and they don't rank above. */
export function requireMayUpdate(
  principal: Principal,
  userId: string,
  held: { readonly principal: readonly HeldRole[]; readonly person: readonly HeldRole[] },
): void {
  if (isOneself(principal, userId)) return;
  const sites = sitesWhere(principal, 'users.update');
  const at = held.person.map((role) => role.site_id);
  const reached = sites === 'all' ? [null] : at.filter((site) => site !== null && sites.includes(site));
  if (reached.length === 0) {
    throw new AccessDeniedError('FORBIDDEN', { permission: 'users.update', reason: 'users.update does not reach the person' });
  }
  const rank = Math.max(...reached.map((site) => rankIn(held.principal, site)));
  if (highestRank(held.person) <= rank) return;
  throw new AccessDeniedError('FORBIDDEN', {
    permission: 'users.update',
    reason: 'the person ranks above the principal',
    publicMessage: 'You cannot change people above you.',
  });
}

/** Throws FORBIDDEN unless the permission is held now for the whole organization, by somebody whom the person doesn't outrank. */
export function requireMayManagePerson(
  own: readonly HeldRole[],
  person: readonly HeldRole[],
  permission: 'users.delete' | 'users.update',
): void {
  if (!own.some((role) => role.site_id === null && role.permissions.includes(permission))) {
    throw new AccessDeniedError('FORBIDDEN', { permission, reason: `${permission} is no longer held` });
  }
  if (highestRank(person) <= rankIn(own, null)) return;
  throw new AccessDeniedError('FORBIDDEN', {
    permission,
    reason: 'the person ranks above the principal',
    publicMessage: 'You cannot change people above you.',
  });
}
