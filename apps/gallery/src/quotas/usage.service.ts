import type { MemberPrincipal } from '@atrium/contract-kit';
import type { GalleryUsage } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { SiteDirectory } from '@atrium/site-directory';
import { Injectable } from '@nestjs/common';
import { type RoomLimit, wholeOrganization } from './room.js';
import { StorageQuotas, type Usage } from './storage-quotas.js';
import { requireMayLimitSites, requireMayReadUsage } from './usage.policy.js';
import { UsageRepository } from './usage.repository.js';

/** What is stored and may be, and the limits that an organization sets its sites. */
@Injectable()
export class UsageService {
  constructor(
    private readonly database: Database,
    private readonly quotas: StorageQuotas,
    private readonly usages: UsageRepository,
    private readonly sites: SiteDirectory,
    private readonly audit: AuditTrail,
  ) {}

  async read(principal: MemberPrincipal, siteId: string | undefined): Promise<GalleryUsage> {
    requireMayReadUsage(principal, siteId);
    if (siteId !== undefined) await this.sites.require(principal.orgId, siteId);
    return this.database.inTenant(principal.orgId, (tx) => this.usageOf(tx, siteId));
  }

  async limitSite(principal: MemberPrincipal, siteId: string, limit: RoomLimit): Promise<GalleryUsage> {
    requireMayLimitSites(principal);
    await this.sites.require(principal.orgId, siteId);
    return this.database.inTenant(principal.orgId, async (tx) => {
      const { bytes_allowed: bytes, files_allowed: files } = await this.usages.find(tx, siteId);
      await this.usages.setSiteQuota(tx, siteId, limit);
      const resource = { type: 'site', id: siteId };
      await this.audit.inOrganization(tx, { action: 'storage.site_quota_changed', resource, site_id: siteId, before: { bytes, files }, after: { ...limit } });
      return this.usageOf(tx, siteId);
    });
  }

  private async usageOf(tx: TenantTransaction, siteId: string | undefined): Promise<GalleryUsage> {
    const whole = await this.quotas.read(tx, wholeOrganization);
    if (siteId === undefined) return whole;
    const site = await this.quotas.read(tx, siteId);
    return { bytes: within(site.bytes, whole.bytes), files: within(site.files, whole.files) };
  }
}

const within = (site: Usage, { allowed }: Usage): Usage => ({ ...site, allowed: site.allowed ?? allowed });
