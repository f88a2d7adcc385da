import type { Principal } from '@atrium/contract-kit';
import { type SystemRoleName, systemRoles } from '@atrium/contracts/users';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireMayManagePerson } from '../people/user.policy.js';
import { requireMayManage } from '../roles/role.policy.js';
import { rankIn, requireMayGrant } from './grant.policy.js';
import type { HeldRole } from './role-assignment.repository.js';
import { withinToken } from './token-reach.js';

const names = fc.constantFrom(...(Object.keys(systemRoles) as SystemRoleName[]));
const sites = ['a', 'b'] as const;
const scopes = fc.constantFrom(null, ...sites);
const heldRole = fc.tuple(names, scopes).map(([name, site_id]): HeldRole => {
  const { id, rank, permissions } = systemRoles[name];
  return { user_id: 'u', role_id: id, name, rank, site_id, permissions };
});
const held = fc.array(heldRole, { maxLength: 4 });
const permissions = fc.subarray([...systemRoles.org_admin.permissions] as string[]);
const principals = fc.record({ permissions, a: permissions, b: permissions }).map(
  (own): Principal => ({
    kind: 'api_key', userId: 'u', sessionId: 'k', orgId: 'o', roles: [], permissions: own.permissions, siteIds: [...sites],
    sitePermissions: { a: own.a, b: own.b }, membershipVersion: 1, expiresAt: 0,
  }),
);
const permissionsIn = (roles: readonly HeldRole[], scope: string | null): Set<string> =>
  new Set(roles.filter(({ site_id }) => site_id === null || site_id === scope).flatMap((role) => role.permissions));
const tokenPermissionsIn = (principal: Principal, scope: string | null): Set<string> =>
  new Set([...principal.permissions, ...(scope === null ? [] : (principal.sitePermissions[scope] ?? []))]);
const allows = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

describe('what an API key reaches of what its owner holds', () => {
  it('is in every scope what both hold: no more, and no less', () => {
    fc.assert(
      fc.property(principals, held, (principal, roles) => {
        const reached = withinToken(principal, roles);
        for (const scope of [null, ...sites]) {
          const both = [...permissionsIn(roles, scope)].filter((name) => tokenPermissionsIn(principal, scope).has(name));
          expect(permissionsIn(reached, scope)).toEqual(new Set(both));
          expect(rankIn(reached, scope)).toBeLessThanOrEqual(rankIn(roles, scope));
        }
      }),
    );
  });

  it('never lets it give a role with a permission that it lacks there, or that its owner could not give', () => {
    fc.assert(
      fc.property(principals, held, names, scopes, (principal, roles, name, scope) => {
        const role = { name, ...systemRoles[name] };
        if (!allows(() => requireMayGrant(withinToken(principal, roles), role, scope))) return;
        expect([...tokenPermissionsIn(principal, scope)]).toEqual(expect.arrayContaining([...role.permissions]));
        expect(allows(() => requireMayGrant(roles, role, scope))).toBe(true);
      }),
    );
  });

  it('never lets it manage roles or people without the permission for the whole organization', () => {
    const may = (principal: Principal, roles: readonly HeldRole[]) => {
      const own = withinToken(principal, roles);
      if (allows(() => requireMayManage(own, { system: false, rank: 1, permissions: ['assets.read'] }))) {
        expect(principal.permissions).toEqual(expect.arrayContaining(['roles.manage', 'assets.read']));
      }
      if (allows(() => requireMayManagePerson(own, [], 'users.delete'))) expect(principal.permissions).toContain('users.delete');
    };
    fc.assert(fc.property(principals, held, may));
  });
});

describe("what a person's own token reaches", () => {
  it('is all that they hold now', () => {
    fc.assert(
      fc.property(principals, held, ({ kind: _, ...person }, roles) => {
        expect(withinToken(person, roles)).toBe(roles);
      }),
    );
  });
});
