import { describe, expect, it } from 'vitest';
import { can, type Principal, sitesWhere } from './principal.js';

const principal = (more: Partial<Principal>): Principal => ({
  userId: 'u',
  sessionId: 's',
  orgId: 'o',
  roles: [],
  permissions: [],
  siteIds: [],
  sitePermissions: {},
  membershipVersion: 1,
  expiresAt: 0,
  ...more,
});

describe('a principal', () => {
  it('holds an organization-wide permission at every site', () => {
    const ann = principal({ permissions: ['assets.read'] });
    expect(can(ann, 'assets.read')).toBe(true);
    expect(can(ann, 'assets.read', 'site-a')).toBe(true);
    expect(sitesWhere(ann, 'assets.read')).toBe('all');
  });

  it("holds a site's permission at that site alone", () => {
    const bob = principal({ sitePermissions: { 'site-a': ['assets.read'], 'site-b': ['assets.update'] } });
    expect(can(bob, 'assets.read')).toBe(false);
    expect(can(bob, 'assets.read', 'site-a')).toBe(true);
    expect(can(bob, 'assets.read', 'site-b')).toBe(false);
    expect(sitesWhere(bob, 'assets.read')).toEqual(['site-a']);
  });

  it('holds nothing at a site that is a property of every object', () => {
    for (const site of ['constructor', 'toString', '__proto__']) expect(can(principal({}), 'assets.read', site)).toBe(false);
  });
});
