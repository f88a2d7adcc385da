import { type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import { requireAtSite, requireSiteVisible } from '@atrium/platform/auth-guard';
import type { AlbumRow } from './album.repository.js';

/** The sites whose albums this person may see. */
export const sitesOfAlbums = (principal: MemberPrincipal): 'all' | readonly string[] => sitesWhere(principal, 'assets.read');

/** @throws NOT_FOUND */
export const requireMayListAlbums = (principal: MemberPrincipal, siteId: string): void =>
  requireSiteVisible(principal, 'assets.read', siteId, 'site');

/** @throws NOT_FOUND */
export const requireMayReadAlbum = (principal: MemberPrincipal, { site_id: siteId }: AlbumRow): void =>
  requireSiteVisible(principal, 'assets.read', siteId, 'album');

/** @throws NOT_FOUND where the site is hidden, FORBIDDEN where it is seen but its albums are not this person's to change */
export const requireMayMakeAlbum = (principal: MemberPrincipal, siteId: string): void =>
  requireAtSite(principal, { read: 'assets.read', act: 'albums.manage' }, siteId, 'site');

/** @throws NOT_FOUND or FORBIDDEN, as {@link requireMayMakeAlbum} */
export const requireMayChangeAlbum = (principal: MemberPrincipal, { site_id: siteId }: AlbumRow): void =>
  requireAtSite(principal, { read: 'assets.read', act: 'albums.manage' }, siteId, 'album');
