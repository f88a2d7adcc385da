import { type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import { requireAtSite, requireSiteVisible } from '@atrium/platform/auth-guard';

const permission = 'shares.manage';

/** The sites whose shares this person sees and ends. */
export const sitesOfShares = (principal: MemberPrincipal): 'all' | readonly string[] => sitesWhere(principal, permission);

/** @throws NOT_FOUND where the site is hidden, FORBIDDEN where it is seen but its things are not this person's to share */
export const requireMayShare = (principal: MemberPrincipal, siteId: string, what: 'asset' | 'album'): void =>
  requireAtSite(principal, { read: 'assets.read', act: permission }, siteId, what);

/** @throws NOT_FOUND */
export const requireMayListShares = (principal: MemberPrincipal, siteId: string): void => requireSiteVisible(principal, permission, siteId, 'site');

/** @throws NOT_FOUND: whoever may not end a share doesn't see it either */
export const requireMayEnd = (principal: MemberPrincipal, siteId: string): void => requireSiteVisible(principal, permission, siteId, 'share');
