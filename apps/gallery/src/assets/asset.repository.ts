import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { In, type QueryDeepPartialEntity } from 'typeorm';
import { AssetEntity } from './asset.entity.js';
import { type AssetStep, openStatuses, statusesBefore } from './asset.state.js';

/** What changes with the status. */
export type StatusChange =
  | { readonly to: 'verifying' }
  | { readonly to: 'rejected'; readonly reason: string }
  | ({ readonly to: 'ready'; readonly readyKey: string; readonly verifiedEtag: string } & Partial<VerifiedFields>)
  | { readonly to: 'trashed' }
  | { readonly to: 'restored' }
  | { readonly to: 'lost'; readonly reason: string };

/** What a step needs of an asset, as it is before it. */
export type HeldAsset = Pick<AssetEntity, 'id' | 'siteId' | 'contentType' | 'size' | 'status' | 'readyKey' | 'version'>;
const heldColumns = (['id', 'siteId', 'contentType', 'size', 'status', 'readyKey', 'version'] as const).map((name) => `asset.${name}`);

/** What people may change of an asset. */
export type AssetProperties = Pick<AssetEntity, 'filename' | 'tags' | 'metadata'>;
type ChangedAsset = AssetProperties & Pick<AssetEntity, 'id'>;

/** Where an asset of a person is. */
export type OwnAsset = ListPosition & Pick<AssetEntity, 'orgId'>;

/** What verification learns of a file, by its kind. */
export type VerifiedFields = Pick<
  AssetEntity,
  'storedSize' | 'storedSha256' | 'width' | 'height' | 'frames' | 'placeholder' | 'dominantColor' | 'derivatives'
>;

@Injectable()
export class AssetRepository {
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

  /** As {@link findForUpdate}, in one order for everybody. */
  findAllForUpdate(tx: TenantTransaction, ids: readonly string[]): Promise<AssetEntity[]> {
    const where = { orgId: tx.orgId, id: In([...ids]) };
    return tx.manager.find(AssetEntity, { where, order: { id: 'asc' }, lock: { mode: 'pessimistic_write' } });
  }

  /** Writes what people may change, of rows that are held for it. */
  async changeProperties(tx: TenantTransaction, changed: readonly ChangedAsset[]): Promise<void> {
    const rows = changed.map(({ id, filename, tags, metadata }) => ({ id, filename, tags, metadata }));
    await tx.manager.query(
      `update gallery.assets a set filename = c.filename, tags = c.tags, metadata = c.metadata, version = a.version + 1, updated_at = now()
       from jsonb_to_recordset($2::jsonb) as c (id uuid, filename text, tags text[], metadata jsonb)
       where a.org_id = $1 and a.id = c.id`,
      [tx.orgId, JSON.stringify(rows)],
    );
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

  /** What the person whose transaction it is uploaded in all organizations, oldest first. */
  listOwn(tx: Transaction, after: ListPosition | undefined, limit: number): Promise<OwnAsset[]> {
    const sql = 'select org_id as "orgId", id, created_at as at from gallery.own_assets($1, $2, $3)';
    return rowsOf<OwnAsset>(tx, sql, [after?.at ?? null, after?.id ?? null, limit]);
  }
}

function fieldsOf(change: StatusChange): QueryDeepPartialEntity<AssetEntity> {
  switch (change.to) {
    case 'verifying':
      return { status: 'verifying' };
    case 'ready': {
      const { to: status, ...fields } = change;
      return { status, ...fields };
    }
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
