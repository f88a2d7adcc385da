import { can, type Principal } from '@atrium/contract-kit';
import { permissionCatalog } from '@atrium/contracts/users';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import { invalidField, notFound } from '@atrium/platform/errors';
import type { Membership } from '../memberships/membership.js';
import { heldIn } from './api-key-claims.js';
import type { ApiKeyGrant } from './api-key.repository.js';

/**
 * Throws NOT_FOUND for a site where the person holds nothing, VALIDATION_ERROR for a permission that there isn't (or
 * that they can't know of), FORBIDDEN for one that they don't hold in the scope: nobody gives a key more than they have.
 */
export function requireMayGive({ roles }: Membership, { permissions, site_id }: ApiKeyGrant): void {
  if (!roles.some((role) => role.site_id === null || role.site_id === site_id)) {
    if (site_id !== null) throw notFound('site');
  }
  const known = new Set([...Object.keys(permissionCatalog), ...roles.flatMap((role) => role.permissions)]);
  const unknown = permissions.filter((name) => !known.has(name));
  if (unknown.length > 0) throw invalidField('permissions', `there is no permission ${unknown.join(', ')}`);
  const held = heldIn(roles, site_id);
  const missing = permissions.filter((name) => !held.has(name));
  if (missing.length === 0) return;
  throw new AccessDeniedError('FORBIDDEN', {
    permission: missing[0] ?? '',
    reason: `an API key with ${missing.join(', ')}, not held ${site_id === null ? 'organization-wide' : `at site ${site_id}`}`,
    publicMessage: 'You cannot give a key permissions that you do not hold yourself.',
  });
}

/** Whose keys the principal sees: null for everybody's. */
export const visibleOwner = (principal: Principal): string | null => (can(principal, 'api_keys.read') ? null : principal.userId);

/** Throws NOT_FOUND for a key that the principal doesn't see, FORBIDDEN for one that they see and may not delete. */
export function requireMayDelete(principal: Principal, ownerId: string): void {
  const permission = 'api_keys.manage';
  if (ownerId === principal.userId || can(principal, permission)) return;
  if (visibleOwner(principal) === null) throw new AccessDeniedError('FORBIDDEN', { permission, reason: "another person's API key" });
  throw new AccessDeniedError('NOT_FOUND', { permission, reason: "another person's API key", publicMessage: 'There is no such API key.' });
}
