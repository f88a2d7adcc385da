import type { Principal } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import type { HeldRole } from '../memberships/role-assignment.repository.js';
import { maySee, requireMayUpdate, visibleRoles } from './user.policy.js';

const principal = (permissions: string[], sitePermissions: Record<string, string[]> = {}): Principal => ({
  userId: 'me',
  sessionId: 's',
  orgId: 'o',
  roles: [],
  permissions,
  siteIds: Object.keys(sitePermissions),
  sitePermissions,
  membershipVersion: 1,
  expiresAt: 0,
});
const at = (site_id: string | null, rank = 10): HeldRole => ({ user_id: 'x', role_id: 3, name: 'viewer', rank, site_id, permissions: [] });
const siteReader = principal([], { a: ['users.read', 'users.update'] });

describe('seeing people', () => {
  it('is always possible for oneself', () => expect(maySee(principal([]), 'me', [])).toBe(true));

  it('is not possible for an API key just because it is theirs', () => {
    const key: Principal = { ...principal([], { a: ['users.read'] }), kind: 'api_key' };
    expect([[], [at('b')], [at('a')]].map((held) => maySee(key, 'me', held))).toEqual([false, false, true]);
    expect(visibleRoles(key, 'me', [at('a'), at('b')])).toHaveLength(1);
  });

  it('reaches everybody with users.read in the organization, the people without a role included', () => {
    expect(maySee(principal(['users.read']), 'x', [])).toBe(true);
  });

  it('reaches whoever holds a role at a site where users.read is held, and nobody else', () => {
    expect([[at('a')], [at('b')], [at(null)], []].map((held) => maySee(siteReader, 'x', held))).toEqual([true, false, false, false]);
  });

  it('shows the roles of those sites and of the organization', () => {
    expect(visibleRoles(siteReader, 'x', [at('a'), at('b'), at(null)]).map(({ site_id }) => site_id)).toEqual(['a', null]);
    expect(visibleRoles(siteReader, 'me', [at('b')])).toHaveLength(1);
  });
});

describe('changing people', () => {
  const may = (own: HeldRole[], person: HeldRole[], by = siteReader): boolean => {
    try {
      requireMayUpdate(by, 'x', { principal: own, person });
      return true;
    } catch {
      return false;
    }
  };

  it('needs users.update where they are, and no lower rank than any of theirs', () => {
    expect(may([at('a', 40)], [at('a', 40)])).toBe(true);
    expect(may([at('a', 40)], [at('b', 10)])).toBe(false);
    expect(may([at('a', 40)], [at('a', 10), at(null, 50)])).toBe(false);
    expect(may([at('a', 30)], [at('a', 10), at('b', 40)])).toBe(false);
    expect(may([at(null, 50)], [], principal(['users.update']))).toBe(true);
    expect(may([], [at('a', 10)], principal(['users.update']))).toBe(false);
  });

  it('is always possible for oneself', () => {
    expect(() => requireMayUpdate(principal([]), 'me', { principal: [], person: [] })).not.toThrow();
  });

  it("is not possible for a person's API key just because it is theirs", () => {
    const key: Principal = { ...principal([], { a: ['users.read'] }), kind: 'api_key' };
    expect(() => requireMayUpdate(key, 'me', { principal: [at('a', 50)], person: [at('a', 10)] })).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
