import type { AuditEntry, DomainEventEnvelope } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import { insertEntries, nobody } from '../entries/insert-entries.js';

export interface AuditMessage {
  readonly envelope: DomainEventEnvelope;
  readonly entry: AuditEntry;
}

/** Writes entries of the audit log to ClickHouse. The same entry twice is one row once merged, and under FINAL at once. */
@Injectable()
export class AuditLogStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  insert(messages: readonly AuditMessage[]): Promise<void> {
    return insertEntries(this.clickHouse, 'audit_log', messages.map(rowOf));
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
