import type { Client, InputOf } from '@atrium/contract-kit';
import type { galleryEndpoints, SharedAsset, SharedContent } from '@atrium/contracts/gallery';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { invalidField, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AlbumContents } from '../albums/album-contents.js';
import { AlbumRepository } from '../albums/album.repository.js';
import type { AssetEntity } from '../assets/asset.entity.js';
import { toAsset } from '../assets/asset.mapper.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { objectOf } from '../assets/asset-object.js';
import { DownloadSigner } from '../storage/download-signer.js';
import { SharePasswords } from './share-passwords.js';
import { hashOfShareToken } from './share-token.js';
import { type LiveShare, ShareRepository } from './share.repository.js';
import { ViewCounter } from './view-counter.js';

type ViewQuery = InputOf<typeof galleryEndpoints.viewShare>['query'];

/** A share, and the organization that nobody who opens it hears of. */
interface FoundShare {
  readonly orgId: string;
  readonly share: LiveShare;
}

interface Shown extends Pick<SharedContent, 'kind' | 'title' | 'description' | 'next_cursor'> {
  readonly assets: readonly AssetEntity[];
}

/** What whoever has the link sees. Each request looks anew whether it still may. */
@Injectable()
export class SharedViewService {
  constructor(
    private readonly database: Database,
    private readonly shares: ShareRepository,
    private readonly albums: AlbumRepository,
    private readonly contents: AlbumContents,
    private readonly assets: AssetRepository,
    private readonly passwords: SharePasswords,
    private readonly downloads: DownloadSigner,
    private readonly views: ViewCounter,
  ) {}

  /** @throws NOT_FOUND for whatever opens nothing; SHARE_PASSWORD_REQUIRED, RATE_LIMITED */
  async view(token: string, password: string | undefined, query: ViewQuery, { address }: Client): Promise<SharedContent> {
    const { orgId, share } = await this.getLive(token);
    await this.passwords.require({ orgId, share, password, address });
    const shown = await this.database.inTenant(orgId, (tx) => (share.album_id === null ? this.assetOf(tx, share, query) : this.pageOf(tx, share.album_id, query)));
    const data = await Promise.all(shown.assets.map((asset) => this.toSharedAsset(asset, share, query)));
    if (query.cursor === undefined) this.views.viewed(orgId, share.id);
    const { kind, title, description, next_cursor } = shown;
    return { kind, title, description, expires_at: share.expires_at.toISOString(), data: data.flatMap((one) => one ?? []), next_cursor };
  }

  private async getLive(token: string): Promise<FoundShare> {
    const [found] = await this.database.statement<{ org_id: string; id: string }>('select org_id, id from gallery.find_share($1)', [hashOfShareToken(token)]);
    if (!found) throw notFound('share');
    const { org_id: orgId, id } = found;
    const share = await this.database.inTenant(orgId, (tx) => this.shares.findLive(tx, id));
    if (!share) throw notFound('share');
    return { orgId, share };
  }

  private async assetOf(tx: TenantTransaction, { asset_id }: LiveShare, { cursor }: ViewQuery): Promise<Shown> {
    if (cursor !== undefined) throw invalidField('cursor', 'belongs to another list');
    const asset = asset_id === null ? undefined : await this.assets.find(tx, asset_id);
    if (asset?.status !== 'ready') throw notFound('share');
    return { kind: 'asset', title: asset.filename, description: '', assets: [asset], next_cursor: null };
  }

  private async pageOf(tx: TenantTransaction, albumId: string, { limit, cursor }: ViewQuery): Promise<Shown> {
    const album = await this.albums.find(tx, albumId);
    if (!album) throw notFound('share');
    const { data, next_cursor } = await this.contents.page(tx, albumId, ['ready'], { limit, cursor });
    return { kind: 'album', title: album.name, description: album.description, assets: data, next_cursor };
  }

  /** Undefined for one that left between two looks. Of what has no copy of the width that is asked for, the file itself. */
  private async toSharedAsset(asset: AssetEntity, { expires_at: notAfter }: LiveShare, { disposition, derivative }: ViewQuery): Promise<SharedAsset | undefined> {
    const { readyKey, status, derivatives } = asset;
    if (status !== 'ready' || readyKey === null) return undefined;
    const width = derivative !== undefined && derivatives?.includes(derivative) ? derivative : undefined;
    const { url, expiresAt } = await this.downloads.signDownload({ ...objectOf(asset, readyKey, width), disposition, notAfter });
    const { id, filename, content_type, size, ...shown } = toAsset(asset);
    const { width: pixels, height, placeholder, dominant_color } = shown;
    return {
      id, filename, content_type, size, width: pixels, height, placeholder, dominant_color, derivatives: shown.derivatives,
      url, url_expires_at: expiresAt.toISOString(),
    };
  }
}
