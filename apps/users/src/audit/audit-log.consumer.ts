import type { DataOf, DomainEventEnvelope } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AuditLogRepository } from './audit-log.repository.js';

/** Keeps what every service tells of organizations. What concerns a person alone is in ClickHouse only. */
@Injectable()
export class AuditLogConsumer {
  constructor(
    private readonly database: Database,
    private readonly logs: AuditLogRepository,
  ) {}

  @OnDomainEvent(auditRecorded)
  async recorded(entry: DataOf<typeof auditRecorded>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    if (envelope.org_id === null) return;
    await this.database.inTenant(envelope.org_id, (tx) => this.logs.add(tx, envelope, entry));
  }
}
