import type { MemberPrincipal } from '@atrium/contract-kit';
import { type AlbumItemResults, type AlbumItemVerdict, maxAlbumItems } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AlbumItemRepository } from './album-item.repository.js';
import { requireMayChangeAlbum } from './album.policy.js';
import { AlbumRepository, type AlbumRow } from './album.repository.js';
import { positionsIn } from './item-positions.js';

/** Verdicts by asset, in the order in which they were asked for. */
export type ItemVerdicts = ReadonlyMap<string, AlbumItemVerdict>;

/** Puts files into albums and takes them out. The album's lock makes its changes come one after another. */
@Injectable()
export class AlbumItems {
  constructor(
    private readonly database: Database,
    private readonly albums: AlbumRepository,
    private readonly items: AlbumItemRepository,
    private readonly audit: AuditTrail,
  ) {}

  add(principal: MemberPrincipal, albumId: string, assetIds: readonly string[]): Promise<AlbumItemResults> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.getForChange(tx, principal, albumId);
      return resultsOf(await this.append(tx, album, assetIds));
    });
  }

  remove(principal: MemberPrincipal, albumId: string, assetIds: readonly string[]): Promise<AlbumItemResults> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.getForChange(tx, principal, albumId);
      return resultsOf(await this.takeOut(tx, album, assetIds));
    });
  }

  /** The album, locked for one who may change it. @throws NOT_FOUND, FORBIDDEN */
  async getForChange(tx: TenantTransaction, principal: MemberPrincipal, albumId: string): Promise<AlbumRow> {
    const album = await this.albums.findForUpdate(tx, albumId);
    if (!album) throw notFound('album');
    requireMayChangeAlbum(principal, album);
    return album;
  }

  /** At the end of a locked album. */
  async append(tx: TenantTransaction, album: AlbumRow, assetIds: readonly string[]): Promise<ItemVerdicts> {
    const known = await this.items.candidates(tx, album.site_id, assetIds);
    const present = await this.items.present(tx, album.id, assetIds);
    const { count, last } = await this.items.end(tx, album.id);
    const fresh = assetIds.filter((id) => known.has(id) && !present.has(id)).slice(0, Math.max(0, maxAlbumItems - count));
    const positions = positionsIn({ lower: last, upper: null }, fresh.length) ?? [];
    const placed = fresh.map((asset_id, index) => ({ asset_id, position: positions[index] ?? '' }));
    await this.items.insert(tx, album, placed);
    await this.record(tx, 'album.items_added', album, fresh.length);
    const added = new Set(fresh);
    const verdictOf = (id: string): AlbumItemVerdict => {
      if (!known.has(id)) return 'not_found';
      if (present.has(id)) return 'already_there';
      return added.has(id) ? 'added' : 'album_full';
    };
    return new Map(assetIds.map((id) => [id, verdictOf(id)]));
  }

  /** Out of a locked album. */
  async takeOut(tx: TenantTransaction, album: AlbumRow, assetIds: readonly string[]): Promise<ItemVerdicts> {
    const removed = new Set(await this.items.delete(tx, album.id, assetIds));
    await this.record(tx, 'album.items_removed', album, removed.size);
    return new Map(assetIds.map((id) => [id, removed.has(id) ? 'removed' : 'not_in_album']));
  }

  /** A file that is being uploaded. @throws NOT_FOUND where the site has no such album, FORBIDDEN, CONFLICT where it is full */
  async appendUpload(tx: TenantTransaction, principal: MemberPrincipal, asset: { readonly id: string; readonly siteId: string; readonly albumId: string }): Promise<void> {
    const album = await this.getForChange(tx, principal, asset.albumId);
    if (album.site_id !== asset.siteId) throw notFound('album');
    const verdicts = await this.append(tx, album, [asset.id]);
    if (verdicts.get(asset.id) === 'album_full') throw new DomainError('CONFLICT', `An album has ${maxAlbumItems} files at most.`);
  }

  private async record(tx: TenantTransaction, action: string, { id, site_id }: AlbumRow, files: number): Promise<void> {
    if (files === 0) return;
    await this.audit.inOrganization(tx, { action, resource: { type: 'album', id }, site_id, details: { files } });
  }
}

const resultsOf = (verdicts: ItemVerdicts): AlbumItemResults => ({
  results: [...verdicts].map(([asset_id, verdict]) => ({ asset_id, verdict })),
});
