import type { AuditTrail } from '@atrium/platform/audit';
import { CommandError } from '@atrium/platform/command';
import { type Database, findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';

/** What an organization may send instead of the platform's defaults; null is the default. */
export interface QuotaOverride {
  readonly events_per_month: number | null;
  readonly events_per_second: number | null;
}

/** Undefined leaves as it is, null is the platform's default. */
export interface QuotaChange {
  readonly eventsPerMonth: number | null | undefined;
  readonly eventsPerSecond: number | null | undefined;
}

const none: QuotaOverride = { events_per_month: null, events_per_second: null };
const columns = 'events_per_month::float8, events_per_second';

/** Sets quotas, for the operator's command alone: it needs the rights of the schema's owner. */
export class QuotaOverrides {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  read(orgId: string): Promise<QuotaOverride> {
    return this.database.inTenant(orgId, (tx) => this.find(tx));
  }

  /** Tells the organization's audit log. Throws CommandError for an organization that nothing is known of. */
  set(orgId: string, change: QuotaChange, reason: string): Promise<QuotaOverride> {
    return this.database.inTenant(orgId, async (tx) => {
      await this.requireKnown(tx);
      const before = await this.find(tx);
      const after: QuotaOverride = {
        events_per_month: change.eventsPerMonth === undefined ? before.events_per_month : change.eventsPerMonth,
        events_per_second: change.eventsPerSecond === undefined ? before.events_per_second : change.eventsPerSecond,
      };
      await rowsOf(
        tx,
        `insert into events.quotas (org_id, events_per_month, events_per_second) values ($1, $2, $3)
         on conflict (org_id) do update set events_per_month = excluded.events_per_month,
           events_per_second = excluded.events_per_second, changed_at = now()`,
        [tx.orgId, after.events_per_month, after.events_per_second],
      );
      const resource = { type: 'organization', id: orgId };
      await this.audit.inOrganization(tx, { action: 'events.quota_changed', resource, before: { ...before }, after: { ...after }, details: { reason } });
      return after;
    });
  }

  /** The service knows organizations by their sites; one without can send nothing. */
  private async requireKnown(tx: TenantTransaction): Promise<void> {
    const site = await findRow(tx, 'select site_id from events.sites where org_id = $1 limit 1', [tx.orgId]);
    if (!site) throw new CommandError('No site of such an organization is known.');
  }

  private async find(tx: TenantTransaction): Promise<QuotaOverride> {
    return (await findRow<QuotaOverride>(tx, `select ${columns} from events.quotas where org_id = $1 for update`, [tx.orgId])) ?? none;
  }
}
