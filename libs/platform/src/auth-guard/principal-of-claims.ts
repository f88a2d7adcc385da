import { accessTokenClaims, type Principal } from '@atrium/contract-kit';

/** The principal of a payload whose signature, times, issuer and audience hold; throws an Error naming what is wrong. */
export function principalOfClaims(payload: unknown): Principal {
  const parsed = accessTokenClaims.safeParse(payload);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.'));
    throw new Error(`token claims: ${[...new Set(fields)].join(', ')} refused`);
  }
  const claims = parsed.data;
  return Object.freeze({
    ...(claims.kind ? { kind: claims.kind } : {}),
    userId: claims.sub,
    sessionId: claims.sid,
    orgId: claims.org_id,
    roles: claims.roles,
    permissions: claims.permissions,
    siteIds: claims.site_ids,
    sitePermissions: claims.site_permissions,
    membershipVersion: claims.mv,
    ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
    expiresAt: claims.exp,
  });
}
