import type { InputOf, MemberPrincipal, OutputOf, Versioned } from '@atrium/contract-kit';
import type { Album, galleryEndpoints } from '@atrium/contracts/gallery';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { SiteDirectory } from '@atrium/site-directory';
import { Injectable } from '@nestjs/common';
import { AlbumItemRepository } from './album-item.repository.js';
import { toAlbum, toVersionedAlbum } from './album.mapper.js';
import { requireMayChangeAlbum, requireMayListAlbums, requireMayMakeAlbum, requireMayReadAlbum, sitesOfAlbums } from './album.policy.js';
import { AlbumRepository, type AlbumRow } from './album.repository.js';

type ListQuery = InputOf<typeof galleryEndpoints.listAlbums>['query'];
type AlbumPage = OutputOf<typeof galleryEndpoints.listAlbums>;
type NewAlbum = InputOf<typeof galleryEndpoints.createAlbum>['body'];
type AlbumChange = InputOf<typeof galleryEndpoints.updateAlbum>['body'];

@Injectable()
export class AlbumService {
  constructor(
    private readonly database: Database,
    private readonly albums: AlbumRepository,
    private readonly items: AlbumItemRepository,
    private readonly sites: SiteDirectory,
    private readonly audit: AuditTrail,
  ) {}

  async list(principal: MemberPrincipal, { limit, cursor, site_id: siteId }: ListQuery): Promise<AlbumPage> {
    const listName = listNameOf(principal.orgId, { list: 'albums', site_id: siteId });
    const after = cursor === undefined ? undefined : decodeCursor(listName, cursor);
    if (siteId !== undefined) {
      requireMayListAlbums(principal, siteId);
      await this.sites.require(principal.orgId, siteId);
    }
    const filter = { sites: sitesOfAlbums(principal), siteId };
    const found = await this.database.inTenant(principal.orgId, (tx) => this.albums.list(tx, filter, { after, limit: limit + 1 }));
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { data: shown.map(toAlbum), next_cursor: last ? encodeCursor(listName, { at: last.created_at, id: last.id }) : null };
  }

  async create(principal: MemberPrincipal, { site_id, name, description = '' }: NewAlbum): Promise<Album> {
    requireMayMakeAlbum(principal, site_id);
    await this.sites.require(principal.orgId, site_id);
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.albums.add(tx, { id: newId(), site_id, name, description, created_by: principal.userId });
      await this.record(tx, 'album.created', album);
      return toAlbum(album);
    });
  }

  get(principal: MemberPrincipal, id: string): Promise<Versioned<Album>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.albums.find(tx, id);
      if (!album) throw notFound('album');
      requireMayReadAlbum(principal, album);
      return toVersionedAlbum(album);
    });
  }

  update(principal: MemberPrincipal, id: string, version: number, change: AlbumChange): Promise<Versioned<Album>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const before = await this.getChangeable(tx, principal, id);
      if (before.version !== version) throw new DomainError('PRECONDITION_FAILED');
      await this.requireCoverInAlbum(tx, id, change.cover_asset_id);
      const after = await this.albums.change(tx, id, change);
      await this.record(tx, 'album.updated', after, { details: { changed: Object.keys(change) } });
      return toVersionedAlbum(after);
    });
  }

  delete(principal: MemberPrincipal, id: string): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const album = await this.getChangeable(tx, principal, id);
      await this.albums.delete(tx, id);
      await this.record(tx, 'album.deleted', album);
    });
  }

  /** Locked until the transaction ends. */
  private async getChangeable(tx: TenantTransaction, principal: MemberPrincipal, id: string): Promise<AlbumRow> {
    const album = await this.albums.findForUpdate(tx, id);
    if (!album) throw notFound('album');
    requireMayChangeAlbum(principal, album);
    return album;
  }

  private async requireCoverInAlbum(tx: TenantTransaction, id: string, cover: string | null | undefined): Promise<void> {
    if (cover === null || cover === undefined) return;
    const present = await this.items.present(tx, id, [cover]);
    if (!present.has(cover)) throw invalidField('cover_asset_id', 'must be a file of the album');
  }

  /** Without its name, which may tell of a person. */
  private record(tx: TenantTransaction, action: string, { id, site_id }: AlbumRow, change: Partial<AuditRecord> = {}): Promise<void> {
    return this.audit.inOrganization(tx, { ...change, action, resource: { type: 'album', id }, site_id });
  }
}
