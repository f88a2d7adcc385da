import type { DataOf } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { Database, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { AnalystDirectory } from '../analysts/analyst-directory.js';
import { AnalystRepository } from '../analysts/analyst.repository.js';
import { EventSettingsRepository } from '../settings/event-settings.repository.js';
import { RemovalRepository } from './removal.repository.js';

/** Days after an organization's end until its data goes, as long as for the people who were in it. */
export const organizationDays = 30;

/** Tables of the schema `events` with an `org_id` whose rows go as they are. */
const plainTables = ['sources', 'sites', 'erasures', 'schema_versions', 'schemas'] as const;

/** What this service holds of an organization that ends, beside its events. */
@Injectable()
export class OrganizationRemains {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RemovalRepository) private readonly removals: RemovalRepository,
    @Inject(AnalystRepository) private readonly analysts: AnalystRepository,
    @Inject(AnalystDirectory) private readonly directory: AnalystDirectory,
    @Inject(EventSettingsRepository) private readonly settings: EventSettingsRepository,
  ) {}

  /** Nobody sends or reads its events any more from now on; later everything goes. */
  @OnDomainEvent(organizationChanged)
  async onOrganizationChanged({ org_id: orgId, deleted }: DataOf<typeof organizationChanged>): Promise<void> {
    if (!deleted) return;
    const usernames = await this.database.inTenant(orgId, async (tx) => {
      await this.removals.requestOrganization(tx, organizationDays);
      await rowsOf(tx, `update events.sources set deleted_at = now() where org_id = $1 and deleted_at is null returning id`, [orgId]);
      return this.analysts.deleteAll(tx);
    });
    for (const username of usernames) this.directory.forget(username);
  }

  remove(orgId: string): Promise<void> {
    return this.database.inTenant(orgId, async (tx) => {
      await this.analysts.deleteAll(tx);
      await this.settings.delete(tx);
      await this.removals.forgetOthers(tx);
      for (const table of plainTables) await this.clear(tx, table);
      await rowsOf(tx, 'select events.forget_usage($1)', [orgId]);
    });
  }

  private async clear(tx: TenantTransaction, table: (typeof plainTables)[number]): Promise<void> {
    await rowsOf(tx, `delete from events.${table} where org_id = $1 returning org_id`, [tx.orgId]);
  }
}
