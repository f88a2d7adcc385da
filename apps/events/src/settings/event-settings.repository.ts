import { findRow, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface EventSettingsRow {
  readonly retention_days: number;
  readonly updated_at: Date;
}

@Injectable()
export class EventSettingsRepository {
  /** Undefined where the organization chose nothing. */
  find(tx: TenantTransaction): Promise<EventSettingsRow | undefined> {
    return findRow<EventSettingsRow>(tx, `select retention_days, updated_at from events.settings where org_id = $1`, [tx.orgId]);
  }

  /** Of two changes at once, the second waits for the first. */
  async lock(tx: TenantTransaction): Promise<void> {
    await findRow(tx, `select pg_advisory_xact_lock(hashtextextended('events.settings' || $1::text, 0))`, [tx.orgId]);
  }

  async save(tx: TenantTransaction, retentionDays: number): Promise<EventSettingsRow> {
    const sql = `insert into events.settings (org_id, retention_days) values ($1, $2)
      on conflict (org_id) do update set retention_days = excluded.retention_days, updated_at = now() returning retention_days, updated_at`;
    const row = await findRow<EventSettingsRow>(tx, sql, [tx.orgId, retentionDays]);
    if (!row) throw new Error('The settings were not stored.');
    return row;
  }

  async delete(tx: TenantTransaction): Promise<void> {
    await findRow(tx, `delete from events.settings where org_id = $1 returning org_id`, [tx.orgId]);
  }
}
