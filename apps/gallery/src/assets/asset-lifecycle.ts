import type { DataOf, DomainEventDefinition } from '@atrium/contract-kit';
import {
  type assetCreated, assetLost, assetPurged, assetReady, assetRejected, assetRestored, assetTrashed, assetVerifying, type PurgeCause,
} from '@atrium/contracts/domain-events';
import type { TenantTransaction } from '@atrium/platform/database';
import { Outbox, type OutboxMessage } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { changeOfRoom, roomOf } from '../quotas/room.js';
import { UsageRepository } from '../quotas/usage.repository.js';
import { AssetRepository, type HeldAsset, type StatusChange } from './asset.repository.js';

type Fact = DataOf<typeof assetCreated>;

const eventOf = {
  verifying: assetVerifying, ready: assetReady, rejected: assetRejected, trashed: assetTrashed, restored: assetRestored, lost: assetLost,
} as const satisfies Record<StatusChange['to'], DomainEventDefinition>;

/**
 * The only way by which assets change their status and go; they come by `UploadBeginning`. Each step that happens is told by one event, and the room
 * that it takes or frees is counted, in the transaction of the step; one that has happened already, or comes too late,
 * does nothing.
 */
@Injectable()
export class AssetLifecycle {
  constructor(
    private readonly assets: AssetRepository,
    private readonly outbox: Outbox,
    private readonly usages: UsageRepository,
  ) {}

  /** Whether it moved. */
  async change(tx: TenantTransaction, id: string, change: StatusChange): Promise<boolean> {
    return (await this.changeAll(tx, [id], change)).has(id);
  }

  /** Ids of those that moved. */
  async changeAll(tx: TenantTransaction, ids: readonly string[], change: StatusChange): Promise<ReadonlySet<string>> {
    const held = await this.assets.holdFor(tx, ids, change.to);
    if (held.length === 0) return new Set();
    await this.assets.changeStatus(tx, held.map(({ id }) => id), change);
    const reason = 'reason' in change ? { reason: change.reason } : {};
    await this.tell(tx, held, eventOf[change.to], (asset) => ({ ...factOf(tx, asset), version: asset.version + 1, ...reason }));
    await this.usages.apply(tx, held.map((before) => ({ siteId: before.siteId, ...changeOfRoom(roomOf(before), roomOf(after(before, change))) })));
    return new Set(held.map(({ id }) => id));
  }

  /** Their objects must be gone. Ids of those whose rows are gone by this; others stay that nothing allows to purge. */
  async purge(tx: TenantTransaction, ids: readonly string[], cause: PurgeCause): Promise<ReadonlySet<string>> {
    const purged = await this.assets.delete(tx, ids);
    await this.tell(tx, purged, assetPurged, (asset) => ({ ...factOf(tx, asset), version: asset.version + 1, cause }));
    await this.usages.apply(tx, purged.map((asset) => ({ siteId: asset.siteId, ...changeOfRoom(roomOf(asset), undefined) })));
    return new Set(purged.map(({ id }) => id));
  }

  private tell<A extends HeldAsset>(tx: TenantTransaction, assets: readonly A[], event: DomainEventDefinition, dataOf: (asset: A) => Fact): Promise<void> {
    const messages = assets.flatMap((asset): OutboxMessage[] => this.outbox.messages(event, dataOf(asset), { orgId: tx.orgId }));
    return this.outbox.writeAll(tx, messages);
  }
}

/** As far as it decides about the room. */
function after({ size, readyKey }: HeldAsset, change: StatusChange): Pick<HeldAsset, 'size' | 'status' | 'readyKey'> {
  if (change.to === 'ready') return { size, status: 'ready', readyKey: change.readyKey };
  if (change.to === 'lost') return { size, status: 'rejected', readyKey: null };
  if (change.to === 'restored') return { size, status: readyKey === null ? 'rejected' : 'ready', readyKey };
  return { size, status: change.to, readyKey };
}

/** What the events of an asset say of it. */
export const factOf = ({ orgId }: Pick<TenantTransaction, 'orgId'>, { id, siteId, contentType, size }: Pick<HeldAsset, 'id' | 'siteId' | 'contentType' | 'size'>) => ({
  org_id: orgId, asset_id: id, site_id: siteId, content_type: contentType, size,
});
