import type { InputOf, MemberPrincipal } from '@atrium/contract-kit';
import type { galleryEndpoints } from '@atrium/contracts/gallery';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AlbumItemRepository } from './album-item.repository.js';
import { AlbumItems } from './album-items.js';
import { type Gap, positionsIn, spreadPositions } from './item-positions.js';

/** Where files go: right after an item, or right before one; null is the beginning, or the end. */
export type Move = InputOf<typeof galleryEndpoints.orderAlbumItems>['body'];

/** Moves files within an album by giving them positions between those of their new neighbours; the others keep theirs. */
@Injectable()
export class AlbumOrder {
  constructor(
    private readonly database: Database,
    private readonly albums: AlbumItems,
    private readonly items: AlbumItemRepository,
  ) {}

  /** @throws CONFLICT where a file that is named isn't in the album (any more): nothing moves */
  move(principal: MemberPrincipal, albumId: string, move: Move): Promise<void> {
    const anchor = move.after ?? move.before ?? null;
    if (anchor !== null && move.asset_ids.includes(anchor)) {
      throw invalidField(move.after ? 'after' : 'before', 'must not be one of the files that move');
    }
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.albums.getForChange(tx, principal, albumId);
      await this.requireItems(tx, albumId, anchor === null ? move.asset_ids : [...move.asset_ids, anchor]);
      const positions = positionsIn(await this.gapOf(tx, albumId, move), move.asset_ids.length);
      await this.place(tx, albumId, move.asset_ids, positions ?? (await this.positionsAfterSpreading(tx, albumId, move)));
    });
  }

  private async requireItems(tx: TenantTransaction, albumId: string, ids: readonly string[]): Promise<void> {
    const present = await this.items.present(tx, albumId, ids);
    const missing = ids.filter((id) => !present.has(id));
    if (missing.length === 0) return;
    const fields = missing.map((id) => ({ field: 'asset_ids', message: `${id} is not in the album` }));
    throw new DomainError('CONFLICT', 'Not all of these files are in the album.', { fields });
  }

  private gapOf(tx: TenantTransaction, albumId: string, { asset_ids: moving, after, before }: Move): Promise<Gap> {
    return after === undefined
      ? this.items.gapBefore(tx, albumId, before ?? null, moving)
      : this.items.gapAfter(tx, albumId, after, moving);
  }

  /** Gives the whole album short positions, in the order that it has: rare, and never more than its 10,000 rows. */
  private async positionsAfterSpreading(tx: TenantTransaction, albumId: string, move: Move): Promise<readonly string[]> {
    const all = await this.items.inOrder(tx, albumId);
    await this.place(tx, albumId, all, spreadPositions(all.length));
    const positions = positionsIn(await this.gapOf(tx, albumId, move), move.asset_ids.length);
    if (!positions) throw new Error('Positions of an album that was spread are too long.');
    return positions;
  }

  private async place(tx: TenantTransaction, albumId: string, ids: readonly string[], positions: readonly string[]): Promise<void> {
    await this.items.place(tx, albumId, ids.map((asset_id, index) => ({ asset_id, position: positions[index] ?? '' })));
  }
}
