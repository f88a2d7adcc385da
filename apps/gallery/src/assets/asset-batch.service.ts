import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { AssetOperation, BatchVerdict, galleryEndpoints } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { applied, changedFields, type PropertyOperation } from './asset-changes.js';
import { AssetTrash } from './asset-trash.js';
import { BatchDenials } from './batch-denials.js';
import { batchConflict, done, notThere, refused } from './batch-verdicts.js';
import type { AssetEntity } from './asset.entity.js';
import { requireMayDelete, requireMayUpdate } from './asset.policy.js';
import { AssetRepository } from './asset.repository.js';
import { effectOf } from './asset.state.js';

type Batch = InputOf<typeof galleryEndpoints.batchAssets>['body'];
type Verdicts = OutputOf<typeof galleryEndpoints.batchAssets>;

const isOfProperties = (operation: AssetOperation): operation is PropertyOperation => operation.op !== 'trash' && operation.op !== 'restore';

/** Changes of many assets in one transaction and a few statements; what can't be done to one doesn't keep the others. */
@Injectable()
export class AssetBatchService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly trash: AssetTrash,
    private readonly denials: BatchDenials,
    private readonly audit: AuditTrail,
  ) {}

  change(principal: MemberPrincipal, { operations, items }: Batch): Promise<Verdicts> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const held = await this.assets.findAllForUpdate(tx, items.map(({ id }) => id));
      const byId = new Map(held.map((asset) => [asset.id, asset]));
      const properties = operations.filter(isOfProperties);
      const rule = properties.length > 0 ? requireMayUpdate : requireMayDelete;
      const denials = this.denials.of(principal);
      const refusals = items.flatMap(({ id, version }): BatchVerdict[] => {
        const asset = byId.get(id);
        if (!asset) return [notThere(id)];
        const denial = denials.verdict(asset, rule);
        if (denial) return [denial];
        return version === undefined || version === asset.version ? [] : [batchConflict(id, 'PRECONDITION_FAILED')];
      });
      denials.report();
      const refusedIds = new Set(refusals.map(({ id }) => id));
      const open = held.filter(({ id }) => !refusedIds.has(id));
      const judged = properties.length > 0 ? await this.changeProperties(tx, open, properties) : await this.move(tx, open, operations);
      const verdicts = new Map([...refusals, ...judged].map((verdict) => [verdict.id, verdict]));
      return { data: items.map(({ id }) => verdicts.get(id) ?? notThere(id)) };
    });
  }

  private async changeProperties(tx: TenantTransaction, assets: readonly AssetEntity[], operations: readonly PropertyOperation[]): Promise<BatchVerdict[]> {
    const changed: AssetEntity[] = [];
    const verdicts = assets.map((asset) => {
      if (asset.status === 'trashed') return batchConflict(asset.id, 'CONFLICT', 'The file is in the trash.');
      const after = applied(asset, operations);
      if ('refusal' in after) return refused(asset.id, 'VALIDATION_ERROR', after.refusal);
      if (changedFields(asset, { ...asset, ...after }).length > 0) changed.push({ ...asset, ...after });
      return done(asset.id);
    });
    if (changed.length > 0) {
      await this.assets.changeProperties(tx, changed);
      await this.record(tx, changed, operations);
    }
    return verdicts;
  }

  private async move(tx: TenantTransaction, assets: readonly AssetEntity[], operations: readonly AssetOperation[]): Promise<BatchVerdict[]> {
    const toTrash = operations.some(({ op }) => op === 'trash');
    const moved = toTrash ? await this.trash.trashAll(tx, assets) : await this.trash.restoreAll(tx, assets);
    const step = toTrash ? 'trashed' : 'restored';
    return assets.map(({ id, status }) =>
      moved.has(id) || effectOf(step, status) === 'stays' ? done(id) : batchConflict(id, 'CONFLICT', `The file is ${status}.`),
    );
  }

  /** An entry for each site, so that a batch doesn't fill the log. */
  private async record(tx: TenantTransaction, changed: readonly AssetEntity[], operations: readonly PropertyOperation[]): Promise<void> {
    const names = operations.map(({ op }) => op);
    const entries = [...new Set(changed.map(({ siteId }) => siteId))].map((site_id) => ({
      action: 'asset.batch_updated',
      site_id,
      details: { operations: names, assets: changed.filter(({ siteId }) => siteId === site_id).map(({ id }) => id) },
    }));
    await this.audit.allInOrganization(tx, entries);
  }
}
