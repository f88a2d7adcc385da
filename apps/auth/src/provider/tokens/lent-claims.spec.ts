import { isDelegable, permissionCatalog } from '@atrium/contracts/users';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../tokens/token-claims.js';
import { lentClaims, lentPermissions } from './lent-claims.js';

const permission = fc.constantFrom(...Object.keys(permissionCatalog), 'invoices.read', 'invoices.pay');
const permissions = fc.uniqueArray(permission);
const role = fc.record({ name: fc.string({ minLength: 1 }), site_id: fc.option(fc.constantFrom('site-a', 'site-b')), permissions });
const membership = fc.record({ orgId: fc.constant('org'), userId: fc.constant('user'), version: fc.nat(), roles: fc.array(role, { maxLength: 4 }) });

describe('what a client app may on behalf of a person', () => {
  it('is held by the person, registered for the client, granted, and may be lent at all', () => {
    fc.assert(
      fc.property(membership, permissions, permissions, (held, granted, registered) => {
        const own = claimsOf(held);
        const lent = lentClaims(held, lentPermissions(new Set(granted), registered));
        const isAllowed = (one: string): boolean => granted.includes(one) && registered.includes(one) && isDelegable(one);
        expect(lent.permissions).toEqual(own.permissions.filter(isAllowed));
        for (const [site, atSite] of Object.entries(own.site_permissions)) {
          expect(lent.site_permissions[site] ?? []).toEqual(atSite.filter(isAllowed));
        }
        expect(lent.roles).toEqual([]);
      }),
    );
  });

  it('is never what administers people, roles or client apps', () => {
    const all = Object.keys(permissionCatalog);
    const lent = lentPermissions(new Set(all), all);
    for (const one of ['roles.assign', 'roles.manage', 'users.create', 'users.delete', 'orgs.delete', 'oauth_clients.manage']) expect(lent.has(one)).toBe(false);
    expect(lent.has('sites.read')).toBe(true);
  });
});
