import { METRICS } from '@atrium/platform/context';
import type { TenantTransaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { NewAsset } from '../assets/asset.entity.js';
import { type RoomLimit, wholeOrganization } from './room.js';
import { UsageRepository, type UsageRow } from './usage.repository.js';

export interface DefaultQuotas {
  readonly organization: RoomLimit;
  /** Of one site; null leaves it to the organization's. */
  readonly site: RoomLimit;
}

/** Dependency-injection token of the {@link DefaultQuotas}. */
export const DEFAULT_QUOTAS = Symbol('DefaultQuotas');

/** Of bytes or of files; allowed null is no limit. */
export interface Usage {
  readonly used: number;
  readonly reserved: number;
  readonly allowed: number | null;
}

/** How much organizations and sites may store. */
@Injectable()
export class StorageQuotas {
  private readonly refusals;

  constructor(
    private readonly usages: UsageRepository,
    @Inject(DEFAULT_QUOTAS) readonly defaults: DefaultQuotas,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.refusals = metrics.counter({
      name: 'gallery_quota_refusals_total',
      help: 'Uploads that were refused for want of room.',
      labels: ['quota', 'resource'],
    });
  }

  /** Says of which room there was too little. @throws QUOTA_EXCEEDED */
  async refuse(tx: TenantTransaction, lacking: 'organization' | 'site', { siteId, size }: Pick<NewAsset, 'siteId' | 'size'>): Promise<never> {
    const usage = await this.read(tx, lacking === 'site' ? siteId : wholeOrganization);
    const resource = isLacking(usage.bytes, size) ? 'bytes' : 'files';
    this.refusals.inc({ quota: lacking, resource });
    throw exceeded(lacking, resource, usage[resource]);
  }

  /** Of a site, or of {@link wholeOrganization}; with the limits of that alone. */
  async read(tx: TenantTransaction, siteId: string): Promise<{ bytes: Usage; files: Usage }> {
    const row = await this.usages.find(tx, siteId);
    return usageOf(row, siteId === wholeOrganization ? this.defaults.organization : this.defaults.site);
  }
}

const usageOf = (row: UsageRow, defaults: RoomLimit) => ({
  bytes: { used: row.bytes_used, reserved: row.bytes_reserved, allowed: row.bytes_allowed ?? defaults.bytes },
  files: { used: row.files_used, reserved: row.files_reserved, allowed: row.files_allowed ?? defaults.files },
});

const isLacking = ({ used, reserved, allowed }: Usage, more: number): boolean => allowed !== null && used + reserved + more > allowed;

/** Numbers are details of their own, so that programs needn't read a sentence. */
function exceeded(quota: 'organization' | 'site', resource: 'bytes' | 'files', usage: Usage): DomainError {
  const fields = (['allowed', 'used', 'reserved'] as const).map((name) => ({ field: `${resource}.${name}`, message: String(usage[name] ?? 'unlimited') }));
  return new DomainError('QUOTA_EXCEEDED', `The ${quota} has no room for this file: its quota of ${resource} is used up.`, { fields });
}
