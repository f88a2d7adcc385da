import { AccessDeniedError } from '@atrium/platform/auth-guard';
import { rankIn } from '../memberships/grant.policy.js';
import type { HeldRole } from '../memberships/role-assignment.repository.js';

/** What the rules of managing roles see of one, as it is or as it is to become. */
export interface ManagedRole {
  readonly system: boolean;
  readonly rank: number;
  readonly permissions: readonly string[];
}

const permission = 'roles.manage';

const deny = (reason: string, publicMessage: string): AccessDeniedError =>
  new AccessDeniedError('FORBIDDEN', { permission, reason, publicMessage });

/**
 * Throws FORBIDDEN unless the role is the organization's own, ranks below the manager's highest, and holds nothing that
 * the manager doesn't hold organization-wide. A change demands it of the role before and after.
 */
export function requireMayManage(manager: readonly HeldRole[], role: ManagedRole): void {
  if (role.system) throw deny('a role of the platform', 'The roles of Atrium itself cannot be changed.');
  const everywhere = manager.filter(({ site_id }) => site_id === null);
  const own = new Set(everywhere.flatMap(({ permissions }) => permissions));
  if (!own.has(permission)) throw deny(`${permission} is no longer held`, 'You are not allowed to do this.');
  if (role.rank >= rankIn(manager, null)) {
    throw deny(`rank ${role.rank} is not below the manager's`, 'A role that you make or change must rank below your own.');
  }
  const missing = role.permissions.filter((name) => !own.has(name));
  if (missing.length > 0) {
    throw deny(`the role holds ${missing.join(', ')}`, 'You cannot make or change a role with permissions that you do not hold.');
  }
}
