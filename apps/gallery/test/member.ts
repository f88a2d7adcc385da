import { systemRoles, type SystemRoleName } from '@atrium/contracts/users';

/** Who a token is for: a role in the whole organization, or roles at single sites. */
export interface Member {
  readonly userId: string;
  readonly orgId: string;
  readonly role?: SystemRoleName;
  readonly siteRoles?: Readonly<Record<string, SystemRoleName>>;
}

/** What the token says of them. */
export function claimsOf({ userId, orgId, role, siteRoles = {} }: Member): Record<string, unknown> {
  const permissionsAt = Object.entries(siteRoles).map(([site, name]) => [site, systemRoles[name].permissions] as const);
  return {
    sub: userId,
    org_id: orgId,
    site_ids: Object.keys(siteRoles),
    roles: [role, ...Object.values(siteRoles)].filter(Boolean),
    permissions: role ? systemRoles[role].permissions : [],
    site_permissions: Object.fromEntries(permissionsAt),
  };
}
