import type { InputOf, MemberPrincipal, OutputOf, Versioned } from '@atrium/contract-kit';
import type { Asset, galleryEndpoints } from '@atrium/contracts/gallery';
import { Database } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { SiteDirectory } from '@atrium/site-directory';
import { AlbumContents } from '../albums/album-contents.js';
import { PresignedUrls } from '../storage/presigned-urls.js';
import type { AssetEntity } from './asset.entity.js';
import { toAsset } from './asset.mapper.js';
import { readableSites, requireMayListSite, requireMayRead } from './asset.policy.js';
import { AssetRepository } from './asset.repository.js';

type ListQuery = InputOf<typeof galleryEndpoints.listAssets>['query'];
type AssetPage = OutputOf<typeof galleryEndpoints.listAssets>;
type SignedDownload = OutputOf<typeof galleryEndpoints.downloadAsset>;

@Injectable()
export class AssetService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly albumContents: AlbumContents,
    private readonly sites: SiteDirectory,
    private readonly urls: PresignedUrls,
  ) {}

  async list(principal: MemberPrincipal, { limit, cursor, album_id: albumId, ...asked }: ListQuery): Promise<AssetPage> {
    if (albumId !== undefined) {
      requireNothingBeside('album_id', asked);
      return this.albumContents.list(principal, albumId, { limit, cursor });
    }
    const query = { ...asked, sort: asked.sort ?? '-created_at' };
    const listName = listNameOf(principal.orgId, query);
    const after = cursor === undefined ? undefined : decodeCursor(listName, cursor);
    if (query.site_id !== undefined) await this.requireSite(principal, query.site_id);
    const filter = {
      sites: readableSites(principal),
      siteId: query.site_id,
      contentType: query.type,
      status: query.status,
    };
    // One more than asked for tells whether there is a next page.
    const page = { descending: query.sort === '-created_at', after, limit: limit + 1 };
    const found = await this.database.inTenant(principal.orgId, (tx) => this.assets.list(tx, filter, page));
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: shown.map(toAsset),
      next_cursor: found.length > limit && last ? encodeCursor(listName, { at: last.createdAt, id: last.id }) : null,
    };
  }

  async get(principal: MemberPrincipal, id: string): Promise<Versioned<Asset>> {
    const asset = await this.getReadable(principal, id);
    return { version: asset.version, body: toAsset(asset) };
  }

  async download(principal: MemberPrincipal, id: string, disposition: 'attachment' | 'inline'): Promise<SignedDownload> {
    const asset = await this.getReadable(principal, id);
    if (asset.status !== 'ready' || asset.readyKey === null) {
      throw new DomainError('CONFLICT', `The file is ${asset.status}; only ready files can be downloaded.`);
    }
    const { filename, contentType, readyKey } = asset;
    const { url, expiresAt } = await this.urls.signDownload({ readyKey, filename, contentType, disposition });
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

/** @throws VALIDATION_ERROR rather than leaving a filter out of account */
function requireNothingBeside(field: string, others: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(others).find((name) => others[name] !== undefined);
  if (given !== undefined) throw invalidField(given, `does not go with ${field}`);
}
