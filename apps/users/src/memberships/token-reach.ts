import { isProgram, type Principal } from '@atrium/contract-kit';
import type { HeldRole } from './role-assignment.repository.js';

const among = (role: HeldRole, siteId: string | null, permissions: readonly string[]): HeldRole[] => {
  const held = role.permissions.filter((permission) => permissions.includes(permission));
  return held.length > 0 ? [{ ...role, site_id: siteId, permissions: held }] : [];
};

/**
 * What a person holds, as far as the token reaches by which it is used. A person's own token reaches all of it: it may be
 * older than what they hold now. An API key or a client app reaches its own permissions in its own scope, and a role of which nothing is
 * left gives it no rank either: so no program gives, takes or manages more than it was given.
 */
export function withinToken(principal: Principal, held: readonly HeldRole[]): readonly HeldRole[] {
  if (!isProgram(principal)) return held;
  const { permissions, sitePermissions } = principal;
  return held.flatMap((role) => {
    if (role.site_id !== null) return among(role, role.site_id, [...permissions, ...(sitePermissions[role.site_id] ?? [])]);
    const atSites = Object.entries(sitePermissions).flatMap(([siteId, names]) => among(role, siteId, names));
    return [...among(role, null, permissions), ...atSites];
  });
}
