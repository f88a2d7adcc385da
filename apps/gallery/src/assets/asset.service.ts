import type { InputOf, MemberPrincipal, OutputOf, Versioned } from '@atrium/contract-kit';
import type { Asset, galleryEndpoints } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { encodeKeyCursor, listNameOf } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { SiteDirectory } from '@atrium/site-directory';
import { AlbumContents } from '../albums/album-contents.js';
import { DownloadSigner } from '../storage/download-signer.js';
import { normalizeFilename } from '../uploads/filename.js';
import { changedFields } from './asset-changes.js';
import { type AssetFilter, termsOf } from './asset-filter.js';
import { AssetListRepository } from './asset-list.repository.js';
import { objectOf } from './asset-object.js';
import { decodePosition } from './asset-order.js';
import type { AssetEntity } from './asset.entity.js';
import { toAsset } from './asset.mapper.js';
import { readableSites, requireMayListSite, requireMayRead, requireMayUpdate } from './asset.policy.js';
import { AssetRepository } from './asset.repository.js';

type ListQuery = InputOf<typeof galleryEndpoints.listAssets>['query'];
type DownloadQuery = InputOf<typeof galleryEndpoints.downloadAsset>['query'];
type AssetPage = OutputOf<typeof galleryEndpoints.listAssets>;
type AssetChange = InputOf<typeof galleryEndpoints.updateAsset>['body'];
type SignedDownload = OutputOf<typeof galleryEndpoints.downloadAsset>;

@Injectable()
export class AssetService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly lists: AssetListRepository,
    private readonly albumContents: AlbumContents,
    private readonly sites: SiteDirectory,
    private readonly downloads: DownloadSigner,
    private readonly audit: AuditTrail,
  ) {}

  async list(principal: MemberPrincipal, { limit, cursor, album_id: albumId, ...asked }: ListQuery): Promise<AssetPage> {
    if (albumId !== undefined) {
      requireNothingBeside('album_id', asked);
      return this.albumContents.list(principal, albumId, { limit, cursor });
    }
    const { sort = '-created_at' } = asked;
    const query = { ...asked, sort };
    const listName = listNameOf(principal.orgId, textsOf(query));
    const after = cursor === undefined ? undefined : decodePosition(listName, sort, cursor);
    if (query.site_id !== undefined) await this.requireSite(principal, query.site_id);
    const { assets, next } = await this.database.inTenant(principal.orgId, (tx) => this.lists.page(tx, filterOf(principal, query), { sort, after, limit }));
    return { data: assets.map(toAsset), next_cursor: next ? encodeKeyCursor(listName, next) : null };
  }

  async get(principal: MemberPrincipal, id: string): Promise<Versioned<Asset>> {
    return versioned(await this.getReadable(principal, id));
  }

  update(principal: MemberPrincipal, id: string, version: number, change: AssetChange): Promise<Versioned<Asset>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const before = await this.assets.findForUpdate(tx, id);
      if (!before) throw notFound('asset');
      requireMayUpdate(principal, before);
      if (before.version !== version) throw new DomainError('PRECONDITION_FAILED');
      if (before.status === 'trashed') throw new DomainError('CONFLICT', 'The file is in the trash.');
      const { filename, tags = before.tags, metadata = before.metadata } = change;
      const after = { filename: filename === undefined ? before.filename : normalizeFilename(filename), tags, metadata };
      const fields = changedFields(before, after);
      if (fields.length === 0) return versioned(before);
      await this.assets.changeProperties(tx, [{ id: before.id, ...after }]);
      // Without the values: names of files, and what is written beside them, may be a person's.
      const resource = { type: 'asset', id: before.id };
      await this.audit.inOrganization(tx, { action: 'asset.updated', resource, site_id: before.siteId, details: { fields } });
      return versioned((await this.assets.find(tx, id)) ?? before);
    });
  }

  async download(principal: MemberPrincipal, id: string, { disposition, derivative }: DownloadQuery): Promise<SignedDownload> {
    const asset = await this.getReadable(principal, id);
    if (asset.status !== 'ready' || asset.readyKey === null) {
      throw new DomainError('CONFLICT', `The file is ${asset.status}; only ready files can be downloaded.`);
    }
    const { url, expiresAt } = await this.downloads.signDownload({ ...objectOf(asset, asset.readyKey, derivative), disposition });
    return { url, expires_at: expiresAt.toISOString() };
  }

  private async getReadable(principal: MemberPrincipal, id: string): Promise<AssetEntity> {
    const asset = await this.database.inTenant(principal.orgId, (tx) => this.assets.find(tx, id));
    if (!asset) throw notFound('asset');
    requireMayRead(principal, asset);
    return asset;
  }

  private async requireSite(principal: MemberPrincipal, siteId: string): Promise<void> {
    requireMayListSite(principal, siteId);
    await this.sites.require(principal.orgId, siteId);
  }
}

const versioned = (asset: AssetEntity): Versioned<Asset> => ({ version: asset.version, body: toAsset(asset) });

const textsOf = (query: Readonly<Record<string, string | number | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value === undefined ? undefined : String(value)]));

const filterOf = (principal: MemberPrincipal, query: Omit<ListQuery, 'limit' | 'cursor' | 'album_id'>): AssetFilter => ({
  sites: query.site_id === undefined ? readableSites(principal) : [query.site_id],
  terms: termsOf({ words: query.q, tag: query.tag, contentType: query.type }),
  status: query.status,
  from: timeOf(query.from),
  to: timeOf(query.to),
  minSize: query.min_size,
  maxSize: query.max_size,
});

/** As a date, which says any year so that PostgreSQL reads it. */
const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));
/** @throws VALIDATION_ERROR rather than leaving a filter out of account */
function requireNothingBeside(field: string, others: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(others).find((name) => others[name] !== undefined);
  if (given !== undefined) throw invalidField(given, `does not go with ${field}`);
}
