import { siteChanged } from '@atrium/contracts/domain-events';
import type { DataOf } from '@atrium/contract-kit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { endSites, findSiteState, saveSite } from './site-directory.repository.js';
import { siteExistsAtUsers } from './users-client.js';

export interface SiteDirectorySettings {
  /** The service that keeps the directory; its schema. */
  readonly service: string;
  /** Base URL of the users service, asked about sites too new to have been heard of. */
  readonly usersUrl: string;
  /** What else happens when a site is deleted, in the same transaction; it may be told more than once. */
  readonly whenDeleted?: (tx: TenantTransaction, siteId: string) => Promise<void>;
}

export const SITE_DIRECTORY_SETTINGS = Symbol('SiteDirectorySettings');

/** What a service knows of sites, which belong to users: told by events, asked for only when a site is seconds old. */
@Injectable()
export class SiteDirectory {
  constructor(
    @Inject(SITE_DIRECTORY_SETTINGS) private readonly settings: SiteDirectorySettings,
    private readonly database: Database,
  ) {}

  /** Throws NOT_FOUND unless the organization has the site, and it isn't deleted. */
  async require(orgId: string, siteId: string): Promise<void> {
    const state = await this.database.inTenant(orgId, (tx) => findSiteState(tx, this.settings.service, siteId));
    if (state === 'live') return;
    if (state === 'unknown' && (await siteExistsAtUsers(this.settings.usersUrl, siteId))) return;
    throw notFound('site');
  }

  /** The organization is no more: whatever hangs on a site that lives ends. */
  async endAll(orgId: string): Promise<void> {
    await this.database.inTenant(orgId, (tx) => endSites(tx, this.settings.service));
  }

  @OnDomainEvent(siteChanged)
  async apply(data: DataOf<typeof siteChanged>): Promise<void> {
    const site = { siteId: data.site_id, name: data.name, deleted: data.deleted, version: data.version };
    await this.database.inTenant(data.org_id, async (tx) => {
      await saveSite(tx, this.settings.service, site);
      if (site.deleted) await this.settings.whenDeleted?.(tx, site.siteId);
    });
  }
}
