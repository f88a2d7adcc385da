import { systemRoles } from '@atrium/contracts/users';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import type { HeldRole } from './role-assignment.repository.js';

/** A role as the rules of granting see it. */
export interface GrantableRole {
  readonly id: number;
  readonly name: string;
  readonly rank: number;
  readonly permissions: readonly string[];
}

type Scope = string | null;

const holdsIn = (scope: Scope) => (role: HeldRole) => role.site_id === null || role.site_id === scope;

/** The highest rank held in the scope: organization-wide roles count at every site. 0 without a role. */
export const rankIn = (held: readonly HeldRole[], scope: Scope): number =>
  Math.max(0, ...held.filter(holdsIn(scope)).map((role) => role.rank));

/** The highest rank held anywhere. */
export const highestRank = (held: readonly HeldRole[]): number => Math.max(0, ...held.map((role) => role.rank));

const deny = (reason: string, publicMessage: string): AccessDeniedError =>
  new AccessDeniedError('FORBIDDEN', { permission: 'roles.assign', reason, publicMessage });

/** Throws FORBIDDEN for the platform operator's role: a command alone gives and takes it. */
function refuseOperatorRole(role: GrantableRole): void {
  if (role.id === systemRoles.admin.id) throw deny('the operator role by API', 'This role cannot be given or taken here.');
}

/** Throws FORBIDDEN for a role above one's own, or with a permission that one doesn't hold in that scope. */
export function requireMayGrant(grantor: readonly HeldRole[], role: GrantableRole, scope: Scope): void {
  refuseOperatorRole(role);
  if (role.rank > rankIn(grantor, scope)) {
    throw deny(`role ${role.id} is above the grantor's`, 'You cannot give or take a role above your own.');
  }
  const own = new Set(grantor.filter(holdsIn(scope)).flatMap((held) => held.permissions));
  const missing = role.permissions.filter((permission) => !own.has(permission));
  if (missing.length > 0) {
    throw deny(`role ${role.id} holds ${missing.join(', ')}`, 'You cannot give or take permissions that you do not hold.');
  }
}

/** Throws FORBIDDEN when the person ranks above the grantor in that scope. */
export function requireNotAbove(grantor: readonly HeldRole[], person: readonly HeldRole[], scope: Scope): void {
  if (rankIn(person, scope) > rankIn(grantor, scope)) {
    throw deny('the person ranks above the grantor', 'You cannot change people above you.');
  }
}
