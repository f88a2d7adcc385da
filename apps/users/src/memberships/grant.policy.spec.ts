import { systemRoles, type SystemRoleName } from '@atrium/contracts/users';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankIn, requireMayGrant, requireNotAbove } from './grant.policy.js';
import type { HeldRole } from './role-assignment.repository.js';

const held = (name: SystemRoleName, site_id: string | null = null): HeldRole => {
  const { id, rank, permissions } = systemRoles[name];
  return { user_id: 'u', role_id: id, name, rank, site_id, permissions };
};
const role = (name: SystemRoleName) => ({ name, ...systemRoles[name] });
const names = fc.constantFrom(...(Object.keys(systemRoles) as SystemRoleName[]));
const scopes = fc.constantFrom(null, 'a', 'b');
const assignments = fc.array(fc.tuple(names, scopes).map(([name, scope]) => held(name, scope)), { maxLength: 4 });
const allows = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

describe('granting', () => {
  it('never reaches a role above the grantor, a permission that they lack, or the operator', () => {
    fc.assert(
      fc.property(assignments, names, scopes, (grantor, name, scope) => {
        if (!allows(() => requireMayGrant(grantor, role(name), scope))) return;
        const counting = grantor.filter(({ site_id }) => site_id === null || site_id === scope);
        expect(name).not.toBe('admin');
        expect(Math.max(0, ...counting.map(({ rank }) => rank))).toBeGreaterThanOrEqual(systemRoles[name].rank);
        const permissions = counting.flatMap((own) => own.permissions);
        expect(permissions).toEqual(expect.arrayContaining([...systemRoles[name].permissions]));
      }),
    );
  });

  it('lets an org_admin give every role but the operator’s, everywhere', () => {
    const granted = (['org_admin', 'site_admin', 'editor', 'member', 'viewer', 'admin'] as const).map((name) =>
      allows(() => requireMayGrant([held('org_admin')], role(name), 'a')),
    );
    expect(granted).toEqual([true, true, true, true, true, false]);
  });

  it('is nothing that somebody without a role can do', () => {
    expect(allows(() => requireMayGrant([], role('viewer'), null))).toBe(false);
    expect(allows(() => requireMayGrant([], { id: 1000, name: 'empty', rank: 1, permissions: [] }, null))).toBe(false);
  });

  it('at one site takes nothing from roles at another', () => {
    expect(allows(() => requireMayGrant([held('site_admin', 'a')], role('viewer'), 'b'))).toBe(false);
    expect(rankIn([held('site_admin', 'a')], null)).toBe(0);
  });
});

describe('people above', () => {
  it('are those who outrank in the scope at hand, organization-wide roles included', () => {
    const siteAdmin = [held('site_admin', 'a')];
    expect(allows(() => requireNotAbove(siteAdmin, [held('org_admin'), held('viewer', 'a')], 'a'))).toBe(false);
    expect(allows(() => requireNotAbove(siteAdmin, [held('site_admin', 'a')], 'a'))).toBe(true);
    expect(allows(() => requireNotAbove(siteAdmin, [held('viewer', 'a'), held('site_admin', 'b')], 'a'))).toBe(true);
  });
});
