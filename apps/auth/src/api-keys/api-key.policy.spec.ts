import type { Principal } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import type { Membership } from '../memberships/membership.js';
import { requireMayDelete, requireMayGive } from './api-key.policy.js';

const membership = (roles: Membership['roles']): Membership => ({ orgId: 'o', userId: 'me', version: 1, roles });
const codeOf = (work: () => void): string => {
  try {
    work();
    return 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('giving an API key permissions', () => {
  const person = membership([
    { name: 'viewer', site_id: null, permissions: ['assets.read', 'vouchers.redeem'] },
    { name: 'editor', site_id: 'a', permissions: ['assets.update'] },
  ]);
  const give = (permissions: string[], site_id: string | null = null, by = person) => codeOf(() => requireMayGive(by, { permissions, site_id }));

  it('is possible with what one holds in that scope, own permissions of the organization included', () => {
    expect(give(['assets.read', 'vouchers.redeem'])).toBe('allowed');
    expect(give(['assets.read', 'assets.update'], 'a')).toBe('allowed');
    expect(give(['assets.read'], 'b')).toBe('allowed');
  });

  it('is forbidden beyond it', () => {
    expect(give(['assets.update'])).toBe('FORBIDDEN');
    expect(give(['assets.update'], 'b')).toBe('FORBIDDEN');
    expect(give(['orgs.delete'])).toBe('FORBIDDEN');
  });

  it('knows no permission that nobody told of, and no site where one holds nothing', () => {
    expect(give(['assets.read', 'assets.eat'])).toBe('VALIDATION_ERROR');
    const siteOnly = membership([{ name: 'editor', site_id: 'a', permissions: ['assets.update'] }]);
    expect(give(['assets.update'], 'b', siteOnly)).toBe('NOT_FOUND');
    expect(give(['assets.update'], null, siteOnly)).toBe('FORBIDDEN');
  });
});

describe('deleting an API key', () => {
  const principal = (permissions: string[], sitePermissions: Record<string, string[]> = {}): Principal => ({
    userId: 'me', sessionId: 's', orgId: 'o', roles: [], permissions, siteIds: [], sitePermissions, membershipVersion: 1, expiresAt: 0,
  });
  const remove = (by: Principal, owner: string) => codeOf(() => requireMayDelete(by, owner));

  it("is possible for one's own, and for anybody's with the right to", () => {
    expect(remove(principal([]), 'me')).toBe('allowed');
    expect(remove(principal(['api_keys.manage']), 'other')).toBe('allowed');
  });

  it("of others is forbidden where they are seen, and there is none where they aren't", () => {
    expect(remove(principal(['api_keys.read']), 'other')).toBe('FORBIDDEN');
    expect(remove(principal([]), 'other')).toBe('NOT_FOUND');
    expect(remove(principal([], { a: ['api_keys.manage'] }), 'other')).toBe('NOT_FOUND');
  });
});
