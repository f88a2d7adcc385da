import type { Principal } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import { requireAtSite, requirePermission, requireSameOrganization, requireSiteVisible } from './policy.js';

const principal: Principal = {
  userId: 'u', sessionId: 's', orgId: 'o', roles: [], permissions: ['assets.read'], siteIds: ['a'],
  sitePermissions: { a: ['users.read', 'users.update'], b: ['users.read'] }, membershipVersion: 1, expiresAt: 0,
};
const codeOf = (work: () => void): string => {
  try {
    work();
    return 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('policies', () => {
  it('take a permission of the organization at every site, and a site permission at its site alone', () => {
    expect(codeOf(() => requirePermission(principal, 'assets.read', 'anywhere'))).toBe('allowed');
    expect(codeOf(() => requirePermission(principal, 'users.update', 'a'))).toBe('allowed');
    expect(codeOf(() => requirePermission(principal, 'users.update', 'b'))).toBe('FORBIDDEN');
    expect(codeOf(() => requirePermission(principal, 'users.update'))).toBe('FORBIDDEN');
  });

  it('hide what cannot be seen and forbid what can be seen but not changed', () => {
    const permissions = { read: 'users.read', act: 'users.update' };
    expect(codeOf(() => requireAtSite(principal, permissions, 'a', 'user'))).toBe('allowed');
    expect(codeOf(() => requireAtSite(principal, permissions, 'b', 'user'))).toBe('FORBIDDEN');
    expect(codeOf(() => requireAtSite(principal, permissions, 'c', 'user'))).toBe('NOT_FOUND');
  });

  it('tell nothing of other organizations', () => {
    expect(codeOf(() => requireSameOrganization(principal, 'o', 'album'))).toBe('allowed');
    expect(() => requireSameOrganization(principal, 'p', 'album')).toThrow('There is no such album.');
    expect(() => requireSiteVisible(principal, 'users.read', 'c', 'user')).toThrow('There is no such user.');
  });
});
