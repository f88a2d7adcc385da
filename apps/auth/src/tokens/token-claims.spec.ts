import { describe, expect, it } from 'vitest';
import { claimsOf } from './token-claims.js';

const org = '019aa000-0000-7000-8000-000000000001';
const person = '019aa000-0000-7000-8000-000000000002';
const siteA = '019aa000-0000-7000-8000-00000000000a';
const siteB = '019aa000-0000-7000-8000-00000000000b';

describe('claims of a membership', () => {
  it('are empty without one', () => {
    expect(claimsOf(undefined)).toEqual({ org_id: null, site_ids: [], roles: [], permissions: [], site_permissions: {}, mv: 0 });
  });

  it('unite organization-wide permissions, and keep those of a site at the site', () => {
    const claims = claimsOf({
      orgId: org,
      userId: person,
      version: 7,
      roles: [
        { name: 'viewer', site_id: null, permissions: ['assets.read', 'users.read'] },
        { name: 'auditor', site_id: null, permissions: ['audit.read', 'users.read'] },
        { name: 'editor', site_id: siteB, permissions: ['assets.update'] },
        { name: 'editor', site_id: siteA, permissions: ['assets.update'] },
        { name: 'member', site_id: siteA, permissions: ['assets.create', 'assets.update'] },
      ],
    });
    expect(claims).toEqual({
      org_id: org,
      site_ids: [siteA, siteB],
      roles: ['auditor', 'editor', 'member', 'viewer'],
      permissions: ['assets.read', 'audit.read', 'users.read'],
      site_permissions: { [siteA]: ['assets.create', 'assets.update'], [siteB]: ['assets.update'] },
      mv: 7,
    });
  });
});
