import { systemRoles, type SystemRoleName } from '@atrium/contracts/users';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GrantableRole, rankIn, requireMayGrant, requireNotAbove } from '../memberships/grant.policy.js';
import type { HeldRole } from '../memberships/role-assignment.repository.js';
import { requireMayManage } from './role.policy.js';

type Scope = string | null;
interface World {
  readonly roles: Map<number, GrantableRole & { readonly system: boolean }>;
  readonly assignments: { readonly person: number; readonly roleId: number; readonly site_id: Scope }[];
}
const people = [0, 1, 2, 3] as const;
const scopes: readonly Scope[] = [null, 'a', 'b'];
const grantable: SystemRoleName[] = ['org_admin', 'site_admin', 'editor', 'member', 'viewer'];
const catalog = ['roles.manage', 'roles.assign', 'users.read', 'users.delete', 'sites.create', 'assets.read', 'events.sql'];
const customIds = [1000, 1001, 1002];

const person = fc.constantFrom(...people);
const site_id = fc.constantFrom(...scopes);
const roleId = fc.constantFrom(...customIds, ...grantable.map((name) => systemRoles[name].id), systemRoles.admin.id);
const permissions = fc.uniqueArray(fc.constantFrom(...catalog), { maxLength: 5 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('make' as const), by: person, id: fc.constantFrom(...customIds), rank: fc.integer({ min: 1, max: 60 }), permissions }),
  fc.record({ kind: fc.constant('assign' as const), by: person, person, roleId, site_id }),
  fc.record({ kind: fc.constant('remove' as const), by: person, person, roleId, site_id }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function newWorld(): World {
  const roles: World['roles'] = new Map(Object.entries(systemRoles).map(([name, role]) => [role.id, { name, system: true, ...role }]));
  roles.set(1000, { id: 1000, name: 'deputy', system: false, rank: 45, permissions: ['roles.manage', 'roles.assign', 'users.read', 'assets.read'] });
  // Held already, so that a change of it alone would show.
  roles.set(1001, { id: 1001, name: 'guest', system: false, rank: 5, permissions: ['assets.read'] });
  const org = systemRoles.org_admin.id;
  return {
    roles,
    assignments: [
      { person: 0, roleId: org, site_id: null },
      { person: 1, roleId: 1000, site_id: null },
      { person: 1, roleId: 1001, site_id: null },
      { person: 3, roleId: 1001, site_id: 'b' },
      { person: 2, roleId: systemRoles.site_admin.id, site_id: 'a' },
    ],
  };
}

const heldBy = ({ roles, assignments }: World, who: number): HeldRole[] =>
  assignments
    .filter((assignment) => assignment.person === who)
    .flatMap(({ roleId: id, site_id: site }) => {
      const role = roles.get(id);
      return role ? [{ user_id: String(who), role_id: id, name: role.name, rank: role.rank, site_id: site, permissions: role.permissions }] : [];
    });
const rightsIn = (held: readonly HeldRole[], scope: Scope): Set<string> =>
  new Set(held.filter((role) => role.site_id === null || role.site_id === scope).flatMap((role) => role.permissions));

/** As the services do: the rules first, then the change. A refused operation throws and changes nothing. */
function perform(world: World, op: Operation): void {
  const actor = heldBy(world, op.by);
  if (op.kind === 'make') {
    const before = world.roles.get(op.id);
    if (before) requireMayManage(actor, before);
    const next = { id: op.id, name: `r${op.id}`, system: false, rank: op.rank, permissions: op.permissions };
    requireMayManage(actor, next);
    world.roles.set(op.id, next);
    return;
  }
  const role = world.roles.get(op.roleId);
  if (!role || !rightsIn(actor, op.site_id).has('roles.assign')) throw new Error('refused');
  requireMayGrant(actor, role, op.site_id);
  requireNotAbove(actor, heldBy(world, op.person), op.site_id);
  const at = world.assignments.findIndex((one) => one.person === op.person && one.roleId === op.roleId && one.site_id === op.site_id);
  if (op.kind === 'assign' && at < 0) world.assignments.push({ person: op.person, roleId: op.roleId, site_id: op.site_id });
  if (op.kind === 'remove' && at >= 0) world.assignments.splice(at, 1);
}

const allowed = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};
const snapshot = (world: World) =>
  people.map((who) => scopes.map((scope) => ({ rights: rightsIn(heldBy(world, who), scope), rank: rankIn(heldBy(world, who), scope) })));

describe('the algebra of roles', () => {
  it('has no sequence of allowed operations by which anybody gains a right or a rank that its granter lacked', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 40 }), (operations) => {
        const world = newWorld();
        for (const op of operations) {
          const before = snapshot(world);
          if (!allowed(() => perform(world, op))) continue;
          snapshot(world).forEach((atScopes, who) =>
            atScopes.forEach(({ rights, rank }, scope) => {
              const granter = before[op.by]?.[scope];
              const gained = [...rights].filter((right) => !before[who]?.[scope]?.rights.has(right));
              expect(gained.filter((right) => !granter?.rights.has(right))).toEqual([]);
              if (rank > (before[who]?.[scope]?.rank ?? 0)) expect(rank).toBeLessThanOrEqual(granter?.rank ?? 0);
            }),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never changes a role of the platform, and lets nobody make a peer or a master of themselves', () => {
    const admin = heldBy(newWorld(), 0);
    expect(allowed(() => requireMayManage(admin, { ...systemRoles.viewer, system: true }))).toBe(false);
    expect([49, 50, 51].map((rank) => allowed(() => requireMayManage(admin, { system: false, rank, permissions: [] })))).toEqual([true, false, false]);
  });

  it('gives no manager by a site, nor without roles.manage', () => {
    const role = { system: false, rank: 1, permissions: [] };
    const { id, rank, permissions: all } = systemRoles.org_admin;
    const atSite: HeldRole = { user_id: 'u', role_id: id, name: 'x', rank, site_id: 'a', permissions: all };
    expect(allowed(() => requireMayManage([atSite], role))).toBe(false);
    expect(allowed(() => requireMayManage([{ ...atSite, site_id: null, permissions: ['roles.assign'] }], role))).toBe(false);
  });
});
