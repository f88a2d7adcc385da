import type { AuditEntry, DomainEventEnvelope } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type ClickHouse, type Settings } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';

export interface AuditMessage {
  readonly envelope: DomainEventEnvelope;
  readonly entry: AuditEntry;
}

/** Stands for "no organization" in the key. */
const nobody = '00000000-0000-0000-0000-000000000000';

// The server gathers the rows of all workers for a moment and answers when they are stored: few parts, nothing lost.
const settings: Settings = { async_insert: 1, wait_for_async_insert: 1, date_time_input_format: 'best_effort' };

/** Writes entries of the audit log to ClickHouse. The same entry twice is one row once merged, and under FINAL at once. */
@Injectable()
export class AuditLogStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  async insert(messages: readonly AuditMessage[]): Promise<void> {
    const data = Buffer.from(messages.map((message) => JSON.stringify(rowOf(message))).join('\n'));
    await this.clickHouse.run({ query: 'INSERT INTO atrium.audit_log FORMAT JSONEachRow', data, settings });
  }
}

/** What changed stays JSON, as text; empty where nothing was. */
const text = (value: unknown): string => (value === null ? '' : JSON.stringify(value));

const rowOf = ({ envelope, entry }: AuditMessage) => ({
  org_id: envelope.org_id ?? nobody,
  id: envelope.id,
  occurred_at: envelope.occurred_at,
  action: entry.action,
  outcome: entry.outcome,
  actor_kind: entry.actor.kind,
  actor_id: entry.actor.id,
  session_id: entry.actor.session_id,
  resource_type: entry.resource?.type ?? '',
  resource_id: entry.resource?.id ?? '',
  site_id: entry.site_id,
  before: text(entry.before),
  after: text(entry.after),
  details: text(entry.details),
  request_id: envelope.request_id,
});
