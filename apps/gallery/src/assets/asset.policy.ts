import { can, type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import { AccessDeniedError, requireAtSite, requireSiteVisible } from '@atrium/platform/auth-guard';
import type { AssetEntity } from './asset.entity.js';

/** @throws NOT_FOUND where the site is hidden, FORBIDDEN where it is seen but takes no uploads of this person */
export const requireMayUpload = (principal: MemberPrincipal, siteId: string): void =>
  requireAtSite(principal, { read: 'assets.read', act: 'assets.create' }, siteId, 'site');

/** @throws NOT_FOUND */
export const requireMayRead = (principal: MemberPrincipal, asset: AssetEntity): void =>
  requireSiteVisible(principal, 'assets.read', asset.siteId, 'asset');

/** @throws NOT_FOUND, or FORBIDDEN where the asset is seen but not for this person to change */
export const requireMayUpdate = (principal: MemberPrincipal, asset: AssetEntity): void =>
  requireAtSite(principal, { read: 'assets.read', act: 'assets.update' }, asset.siteId, 'asset');

/** Into the trash and out of it. @throws NOT_FOUND where it is hidden, FORBIDDEN where it may only be seen */
export const requireMayDelete = (principal: MemberPrincipal, asset: Pick<AssetEntity, 'siteId'>): void =>
  requireAtSite(principal, { read: 'assets.read', act: 'assets.delete' }, asset.siteId, 'asset');

/** @throws NOT_FOUND */
export const requireMayListSite = (principal: MemberPrincipal, siteId: string): void =>
  requireSiteVisible(principal, 'assets.read', siteId, 'site');

/** The sites whose assets this person may read. */
export const readableSites = (principal: MemberPrincipal): 'all' | readonly string[] => sitesWhere(principal, 'assets.read');

/**
 * An upload is its uploader's, and of those who may change files at the site. Somebody else's looks like a missing one.
 *
 * @throws NOT_FOUND or FORBIDDEN
 */
export function requireMayComplete(principal: MemberPrincipal, asset: AssetEntity): void {
  requireAtSite(principal, { read: 'assets.read', act: 'assets.create' }, asset.siteId, 'upload');
  if (asset.createdBy === principal.userId || can(principal, 'assets.update', asset.siteId)) return;
  throw new AccessDeniedError('NOT_FOUND', {
    permission: 'assets.update',
    reason: `upload ${asset.id} of another person`,
    publicMessage: 'There is no such upload.',
  });
}
