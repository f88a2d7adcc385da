import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Membership } from '../memberships/membership.js';
import { type MembershipClaims } from '../tokens/token-claims.js';
import { claimsOfApiKey, heldIn } from './api-key-claims.js';

const permissions = fc.subarray(['assets.read', 'assets.create', 'users.read', 'roles.assign', 'orgs.delete']);
const sites = ['a', 'b', 'c'] as const;
const scope = fc.constantFrom(null, ...sites);
const memberships = fc.array(fc.record({ name: fc.constantFrom('one', 'two'), site_id: scope, permissions }), { maxLength: 5 }).map(
  (roles): Membership => ({ orgId: 'o', userId: 'u', version: 3, roles }),
);
const keys = fc.record({ permissions, site_id: scope });
const mayIn = (claims: MembershipClaims, siteId: string | null): Set<string> =>
  new Set([...claims.permissions, ...(siteId === null ? [] : (claims.site_permissions[siteId] ?? []))]);

describe('what an API key may', () => {
  it('is at every site and for the organization what it was given there and its owner holds there', () => {
    fc.assert(
      fc.property(keys, memberships, (key, membership) => {
        const claims = claimsOfApiKey(key, membership);
        for (const at of [null, ...sites]) {
          const reached = key.site_id === null || key.site_id === at;
          const both = [...heldIn(membership.roles, at)].filter((name) => reached && key.permissions.includes(name));
          expect(mayIn(claims, at)).toEqual(new Set(both));
        }
      }),
    );
  });

  it('names the version of the membership, and no role', () => {
    fc.assert(
      fc.property(keys, memberships, (key, membership) => {
        expect(claimsOfApiKey(key, membership)).toMatchObject({ org_id: 'o', mv: 3, roles: [] });
      }),
    );
  });
});
