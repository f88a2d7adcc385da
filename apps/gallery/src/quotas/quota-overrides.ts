import type { AuditTrail } from '@atrium/platform/audit';
import { CommandError } from '@atrium/platform/command';
import { type Database, findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { type RoomLimit, wholeOrganization } from './room.js';

/** Undefined leaves as it is, null is the platform's default. */
export interface QuotaChange {
  readonly bytes: number | null | undefined;
  readonly files: number | null | undefined;
}

const none: RoomLimit = { bytes: null, files: null };

/** Sets an organization's quotas, for the operator's command alone: it needs the rights of the schema's owner. */
export class QuotaOverrides {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  read(orgId: string): Promise<RoomLimit> {
    return this.database.inTenant(orgId, (tx) => this.find(tx));
  }

  /** Tells the organization's audit log. Throws CommandError for an organization that nothing is known of. */
  set(orgId: string, change: QuotaChange, reason: string): Promise<RoomLimit> {
    return this.database.inTenant(orgId, async (tx) => {
      await this.requireKnown(tx);
      const before = await this.find(tx);
      const after: RoomLimit = {
        bytes: change.bytes === undefined ? before.bytes : change.bytes,
        files: change.files === undefined ? before.files : change.files,
      };
      await rowsOf(
        tx,
        `insert into gallery.usage (org_id, site_id, bytes_allowed, files_allowed) values ($1, $2, $3, $4)
         on conflict (org_id, site_id) do update set bytes_allowed = excluded.bytes_allowed, files_allowed = excluded.files_allowed`,
        [tx.orgId, wholeOrganization, after.bytes, after.files],
      );
      const resource = { type: 'organization', id: orgId };
      await this.audit.inOrganization(tx, { action: 'storage.quota_changed', resource, before: { ...before }, after: { ...after }, details: { reason } });
      return after;
    });
  }

  /** The service knows organizations by their sites; one without can store nothing. */
  private async requireKnown(tx: TenantTransaction): Promise<void> {
    const site = await findRow(tx, 'select site_id from gallery.sites where org_id = $1 limit 1', [tx.orgId]);
    if (!site) throw new CommandError('No site of such an organization is known.');
  }

  private async find(tx: TenantTransaction): Promise<RoomLimit> {
    const sql = `select bytes_allowed::float8 as bytes, files_allowed::float8 as files from gallery.usage where org_id = $1 and site_id = $2 for update`;
    return (await findRow<RoomLimit>(tx, sql, [tx.orgId, wholeOrganization])) ?? none;
  }
}
