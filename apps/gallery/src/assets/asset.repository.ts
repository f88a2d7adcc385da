import type { AssetStatus } from '@atrium/contracts/gallery';
import type { TenantTransaction, Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { In, type SelectQueryBuilder } from 'typeorm';
import { AssetEntity, type NewAsset } from './asset.entity.js';
import { openStatuses, statusesBefore } from './asset.state.js';

export interface AssetFilter {
  readonly sites: 'all' | readonly string[];
  readonly siteId: string | undefined;
  readonly contentType: string | undefined;
  readonly status: AssetStatus | undefined;
}

export interface AssetPage {
  readonly descending: boolean;
  readonly after: ListPosition | undefined;
  readonly limit: number;
}

/** What changes with the status. */
export type StatusChange =
  | { readonly to: 'verifying' }
  | { readonly to: 'rejected'; readonly reason: string }
  | { readonly to: 'ready'; readonly readyKey: string; readonly verifiedEtag: string };

@Injectable()
export class AssetRepository {
  async insert(tx: TenantTransaction, asset: NewAsset): Promise<void> {
    await tx.manager.insert(AssetEntity, { ...asset, orgId: tx.orgId, status: 'pending' });
  }

  async find(tx: TenantTransaction, id: string): Promise<AssetEntity | undefined> {
    return (await tx.manager.findOneBy(AssetEntity, { orgId: tx.orgId, id })) ?? undefined;
  }

  /** In no order; those that there aren't are left out. */
  findAll(tx: TenantTransaction, ids: readonly string[]): Promise<AssetEntity[]> {
    return tx.manager.findBy(AssetEntity, { orgId: tx.orgId, id: In([...ids]) });
  }

  /** Holds the row until the transaction ends, so that the answer is still true when it is acted upon. */
  async findForUpdate(tx: TenantTransaction, id: string): Promise<AssetEntity | undefined> {
    const where = { orgId: tx.orgId, id };
    return (await tx.manager.findOne(AssetEntity, { where, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  /** Moves the asset if its present status allows it; whether it moved. */
  async changeStatus(tx: TenantTransaction, id: string, change: StatusChange): Promise<boolean> {
    const result = await tx.manager
      .createQueryBuilder()
      .update(AssetEntity)
      .set({ status: change.to, ...fieldsOf(change), version: () => 'version + 1', updatedAt: () => 'now()' })
      .where('org_id = :orgId and id = :id and status in (:...before)', {
        orgId: tx.orgId,
        id,
        before: statusesBefore(change.to),
      })
      .execute();
    return result.affected === 1;
  }

  /** Gives an upload that still waits until `expiresAt`. */
  async postponeExpiry(tx: TenantTransaction, id: string, expiresAt: Date): Promise<void> {
    await tx.manager
      .createQueryBuilder()
      .update(AssetEntity)
      .set({ expiresAt })
      .where('org_id = :orgId and id = :id and status in (:...open)', { orgId: tx.orgId, id, open: [...openStatuses] })
      .execute();
  }

  /** Of one person across organizations, oldest first; the transaction must be their own. */
  listOfCreator(tx: Transaction, userId: string, after: ListPosition | undefined, limit: number): Promise<AssetEntity[]> {
    const query = tx.manager.createQueryBuilder(AssetEntity, 'asset').where('asset.created_by = :userId', { userId });
    if (after) query.andWhere('(asset.created_at, asset.id) > (:at, :id)', { ...after });
    return query.orderBy('asset.created_at').addOrderBy('asset.id').limit(limit).getMany();
  }

  async list(tx: TenantTransaction, filter: AssetFilter, page: AssetPage): Promise<AssetEntity[]> {
    if (filter.sites !== 'all' && filter.sites.length === 0) return [];
    const query = tx.manager.createQueryBuilder(AssetEntity, 'asset').where('asset.org_id = :orgId', { orgId: tx.orgId });
    narrow(query, filter);
    const order = page.descending ? 'DESC' : 'ASC';
    if (page.after) {
      const sign = page.descending ? '<' : '>';
      query.andWhere(`(asset.created_at, asset.id) ${sign} (:at, :id)`, { ...page.after });
    }
    return query.orderBy('asset.created_at', order).addOrderBy('asset.id', order).limit(page.limit).getMany();
  }
}

function fieldsOf(change: StatusChange): Partial<AssetEntity> {
  if (change.to === 'ready') return { readyKey: change.readyKey, verifiedEtag: change.verifiedEtag };
  return change.to === 'rejected' ? { rejectionReason: change.reason } : {};
}

function narrow(query: SelectQueryBuilder<AssetEntity>, { sites, siteId, contentType, status }: AssetFilter): void {
  if (sites !== 'all') query.andWhere('asset.site_id = any(:sites)', { sites: [...sites] });
  if (siteId !== undefined) query.andWhere('asset.site_id = :siteId', { siteId });
  if (contentType !== undefined) query.andWhere('asset.content_type = :contentType', { contentType });
  if (status !== undefined) query.andWhere('asset.status = :status', { status });
}
