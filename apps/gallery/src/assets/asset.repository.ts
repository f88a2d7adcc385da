import type { AssetStatus } from '@atrium/contracts/gallery';
import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import type { QueryDeepPartialEntity, SelectQueryBuilder } from 'typeorm';
import { AssetEntity, type NewAsset } from './asset.entity.js';
import { type AssetStep, openStatuses, statusesBefore } from './asset.state.js';

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
  | { readonly to: 'ready'; readonly readyKey: string; readonly verifiedEtag: string }
  | { readonly to: 'trashed' }
  | { readonly to: 'restored' }
  | { readonly to: 'lost'; readonly reason: string };

/** What a step needs of an asset, as it is before it. */
export type HeldAsset = Pick<AssetEntity, 'id' | 'siteId' | 'contentType' | 'size' | 'status' | 'readyKey' | 'version'>;
const heldColumns = (['id', 'siteId', 'contentType', 'size', 'status', 'readyKey', 'version'] as const).map((name) => `asset.${name}`);

@Injectable()
export class AssetRepository {
  /** For {@link AssetLifecycle}, which tells of it. */
  async add(tx: TenantTransaction, asset: NewAsset): Promise<void> {
    await tx.manager.insert(AssetEntity, { ...asset, orgId: tx.orgId, status: 'pending' });
  }

  async find(tx: TenantTransaction, id: string): Promise<AssetEntity | undefined> {
    return (await tx.manager.findOneBy(AssetEntity, { orgId: tx.orgId, id })) ?? undefined;
  }

  /** Holds the row until the transaction ends, so that the answer is still true when it is acted upon. */
  async findForUpdate(tx: TenantTransaction, id: string): Promise<AssetEntity | undefined> {
    const where = { orgId: tx.orgId, id };
    return (await tx.manager.findOne(AssetEntity, { where, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  /** Holds those rows, in one order for everybody, to which the step can happen. */
  holdFor(tx: TenantTransaction, ids: readonly string[], step: AssetStep): Promise<HeldAsset[]> {
    const query = tx.manager
      .createQueryBuilder(AssetEntity, 'asset')
      .select(['asset.orgId', ...heldColumns])
      .where('asset.org_id = :orgId and asset.id = any(:ids) and asset.status = any(:before)', {
        orgId: tx.orgId,
        ids: [...ids],
        before: [...statusesBefore(step)],
      });
    if (step === 'restored') query.andWhere('asset.purging_since is null');
    return query.orderBy('asset.id').setLock('pessimistic_write').getMany();
  }

  /** Of rows that are held for it. */
  async changeStatus(tx: TenantTransaction, ids: readonly string[], change: StatusChange): Promise<void> {
    await tx.manager
      .createQueryBuilder()
      .update(AssetEntity)
      .set({ ...fieldsOf(change), version: () => 'version + 1', updatedAt: () => 'now()' })
      .where('org_id = :orgId and id = any(:ids)', { orgId: tx.orgId, ids: [...ids] })
      .execute();
  }

  /** As they were. Only what the database lets go: the trash that is being purged, and what is to be erased. */
  async delete(tx: TenantTransaction, ids: readonly string[]): Promise<HeldAsset[]> {
    const sql = `select id, site_id as "siteId", content_type as "contentType", size::float8 as size, status, ready_key as "readyKey", version
      from gallery.purge_assets($1)`;
    return rowsOf<HeldAsset>(tx, sql, [[...ids]]);
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

function fieldsOf(change: StatusChange): QueryDeepPartialEntity<AssetEntity> {
  switch (change.to) {
    case 'verifying':
      return { status: 'verifying' };
    case 'ready':
      return { status: 'ready', readyKey: change.readyKey, verifiedEtag: change.verifiedEtag };
    case 'rejected':
      return { status: 'rejected', rejectionReason: change.reason };
    case 'trashed':
      return { status: 'trashed', trashedAt: () => 'now()' };
    case 'restored':
      return { status: () => `case when ready_key is null then 'rejected' else 'ready' end`, trashedAt: null };
    case 'lost':
      return { status: 'rejected', rejectionReason: change.reason, readyKey: null, verifiedEtag: null };
  }
}

function narrow(query: SelectQueryBuilder<AssetEntity>, { sites, siteId, contentType, status }: AssetFilter): void {
  if (sites !== 'all') query.andWhere('asset.site_id = any(:sites)', { sites: [...sites] });
  if (siteId !== undefined) query.andWhere('asset.site_id = :siteId', { siteId });
  if (contentType !== undefined) query.andWhere('asset.content_type = :contentType', { contentType });
  if (status !== undefined) query.andWhere('asset.status = :status', { status });
}
