import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { attemptEach } from '@atrium/platform/jobs';
import { Injectable } from '@nestjs/common';
import { wholeOrganization } from '../quotas/room.js';
import { AssetPurge } from '../reaper/asset-purge.js';
import type { Reaped } from '../reaper/reap-mode.js';
import { prefixesOf } from '../storage/object-key.js';
import { StoredObjects } from '../storage/stored-objects.js';
import { type Removal, RemovalRepository } from './removal.repository.js';

/** What is left over is for the next round. */
const batch = 20;

/** Removes what deleted sites and organizations leave, when their time is over. */
@Injectable()
export class TenantRemoval {
  constructor(
    private readonly database: Database,
    private readonly removals: RemovalRepository,
    private readonly purge: AssetPurge,
    private readonly objects: StoredObjects,
    private readonly audit: AuditTrail,
  ) {}

  async sweep(): Promise<Reaped[]> {
    const due = await this.database.withoutTenant((tx) => this.removals.due(tx, batch));
    const remove = (removal: Removal) => (removal.site_id === wholeOrganization ? this.removeOrganization(removal) : this.removeSite(removal));
    return attemptEach(due, remove, (failed) => `${failed} sites or organizations could not be removed.`);
  }

  private async removeSite(removal: Removal): Promise<Reaped> {
    const { org_id: orgId, site_id: siteId } = removal;
    const purged = await this.purge.all(orgId, 'site_deleted', (tx, limit) => this.removals.assets(tx, removal, limit));
    await this.database.inTenant(orgId, async (tx) => {
      await this.removals.finish(tx, removal);
      const resource = { type: 'site', id: siteId };
      await this.audit.inOrganization(tx, { action: 'site.files_removed', resource, site_id: siteId, details: { files: purged.count, bytes: purged.bytes } });
    });
    return { kind: 'site', ...purged };
  }

  /** Rows, and whatever lies under the organization's keys: the proof is in no organization's log, since this one is gone. */
  private async removeOrganization(removal: Removal): Promise<Reaped> {
    const { org_id: orgId } = removal;
    const purged = await this.purge.all(orgId, 'organization_deleted', (tx, limit) => this.removals.assets(tx, removal, limit));
    const objects = await this.removeAllObjects(orgId);
    const runs = await this.database.inTenant(orgId, async (tx) => {
      await this.removals.forgetOrganization(tx);
      return this.removals.ran(tx, removal);
    });
    if (runs === 1 || purged.count + objects > 0) {
      const details = { org_id: orgId, files: purged.count, bytes: purged.bytes, objects_without_rows: objects };
      const entry = { action: 'organization.files_removed', resource: { type: 'organization', id: orgId }, details };
      await this.database.withoutTenant((tx) => this.audit.record(tx, entry, { orgId: null }));
    }
    return { kind: 'organization', ...purged };
  }

  private async removeAllObjects(orgId: string): Promise<number> {
    let removed = 0;
    for (const [bucket, prefix] of prefixesOf(orgId)) {
      for (;;) {
        const { objects } = await this.objects.page(bucket, { prefix });
        if (objects.length === 0) break;
        await this.objects.remove(bucket, objects.map(({ key }) => key));
        removed += objects.length;
      }
      if (bucket === 'quarantine') for await (const upload of this.objects.multiparts(prefix)) await this.objects.abort(upload);
    }
    return removed;
  }
}
