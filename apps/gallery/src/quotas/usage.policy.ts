import type { MemberPrincipal } from '@atrium/contract-kit';
import { requirePermission, requireSiteVisible } from '@atrium/platform/auth-guard';

/** What a site stores is for those who see its files; what all of them store, for those who see all. @throws NOT_FOUND or FORBIDDEN */
export function requireMayReadUsage(principal: MemberPrincipal, siteId: string | undefined): void {
  if (siteId === undefined) requirePermission(principal, 'assets.read');
  else requireSiteVisible(principal, 'assets.read', siteId, 'site');
}

/** @throws FORBIDDEN */
export const requireMayLimitSites = (principal: MemberPrincipal): void => requirePermission(principal, 'storage.manage');
