import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import { type CreatedShare, galleryEndpoints } from '@atrium/contracts/gallery';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import { AlbumRepository } from '../albums/album.repository.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { SHARE_SETTINGS, type ShareSettings } from './share-settings.js';
import { hashOfShareToken, newShareToken } from './share-token.js';
import { SharePasswords } from './share-passwords.js';
import { toShare } from './share.mapper.js';
import { requireMayEnd, requireMayListShares, requireMayShare, sitesOfShares } from './share.policy.js';
import { ShareRepository } from './share.repository.js';

type ListQuery = InputOf<typeof galleryEndpoints.listShares>['query'];
type SharePage = OutputOf<typeof galleryEndpoints.listShares>;
type NewShare = InputOf<typeof galleryEndpoints.createShare>['body'];

@Injectable()
export class ShareService {
  constructor(
    private readonly database: Database,
    private readonly shares: ShareRepository,
    private readonly assets: AssetRepository,
    private readonly albums: AlbumRepository,
    private readonly sites: SiteDirectory,
    private readonly passwords: SharePasswords,
    private readonly audit: AuditTrail,
    @Inject(SHARE_SETTINGS) private readonly settings: Pick<ShareSettings, 'publicUrl'>,
  ) {}

  async list(principal: MemberPrincipal, { limit, cursor, ...query }: ListQuery): Promise<SharePage> {
    const listName = listNameOf(principal.orgId, { list: 'shares', ...query });
    const after = cursor === undefined ? undefined : decodeCursor(listName, cursor);
    const { site_id: siteId, asset_id: assetId, album_id: albumId } = query;
    if (siteId !== undefined) {
      requireMayListShares(principal, siteId);
      await this.sites.require(principal.orgId, siteId);
    }
    const filter = { sites: sitesOfShares(principal), siteId, assetId, albumId };
    const found = await this.database.inTenant(principal.orgId, (tx) => this.shares.list(tx, filter, { after, limit: limit + 1 }));
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { data: shown.map(toShare), next_cursor: last ? encodeCursor(listName, { at: last.created_at, id: last.id }) : null };
  }

  async create(principal: MemberPrincipal, { asset_id, album_id, expires_at, password }: NewShare): Promise<CreatedShare> {
    const { orgId, userId: createdBy } = principal;
    const expiresAt = new Date(expires_at);
    if (expiresAt.getTime() <= Date.now()) throw invalidField('expires_at', 'must be in the future');
    const target = { assetId: asset_id ?? null, albumId: album_id ?? null };
    const siteId = await this.database.inTenant(orgId, (tx) => this.siteOfShareable(tx, principal, target));
    await this.sites.require(orgId, siteId);
    // Outside of a transaction: it takes its time.
    const passwordHash = password === undefined ? null : await this.passwords.hash(password);
    const token = newShareToken();
    return this.database.inTenant(orgId, async (tx) => {
      await this.siteOfShareable(tx, principal, target);
      const share = { id: newId(), siteId, ...target, tokenHash: hashOfShareToken(token), passwordHash, expiresAt, createdBy };
      const row = await this.shares.add(tx, share);
      const after = { asset_id: target.assetId, album_id: target.albumId, expires_at: row.expires_at.toISOString(), has_password: row.has_password };
      await this.record(tx, { action: 'share.created', resource: { type: 'share', id: row.id }, site_id: siteId, after });
      return { ...toShare(row), token, url: this.urlOf(token) };
    });
  }

  /** From now on the link opens nothing. */
  delete(principal: MemberPrincipal, id: string): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const share = await this.shares.find(tx, id);
      if (!share) throw notFound('share');
      requireMayEnd(principal, share.site_id);
      await this.shares.delete(tx, id);
      const before = { asset_id: share.asset_id, album_id: share.album_id, views: Number(share.views) };
      await this.record(tx, { action: 'share.deleted', resource: { type: 'share', id }, site_id: share.site_id, before });
    });
  }

  /** The site of what is to be shared, which stays until the transaction ends. @throws NOT_FOUND, FORBIDDEN, CONFLICT */
  private async siteOfShareable(tx: TenantTransaction, principal: MemberPrincipal, { assetId, albumId }: { assetId: string | null; albumId: string | null }): Promise<string> {
    if (assetId === null) {
      const album = albumId === null ? undefined : await this.albums.findForUpdate(tx, albumId);
      if (!album) throw notFound('album');
      requireMayShare(principal, album.site_id, 'album');
      return album.site_id;
    }
    const asset = await this.assets.findForUpdate(tx, assetId);
    if (!asset) throw notFound('asset');
    requireMayShare(principal, asset.siteId, 'asset');
    if (asset.status !== 'ready') throw new DomainError('CONFLICT', `The file is ${asset.status}; only ready files can be shared.`);
    return asset.siteId;
  }

  private urlOf(token: string): string {
    return new URL(galleryEndpoints.viewShare.path.replace('{token}', token), this.settings.publicUrl).href;
  }

  private record(tx: TenantTransaction, record: AuditRecord): Promise<void> {
    return this.audit.inOrganization(tx, record);
  }
}
