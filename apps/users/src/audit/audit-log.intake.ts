import type { AuditEntry, DomainEventEnvelope } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { AuditLogRepository } from './audit-log.repository.js';

/** Keeps what every service tells of organizations. What concerns a person alone is in ClickHouse only. */
@Injectable()
export class AuditLogIntake {
  constructor(
    private readonly database: Database,
    private readonly logs: AuditLogRepository,
  ) {}

  async keep(entry: AuditEntry, envelope: DomainEventEnvelope): Promise<void> {
    if (envelope.org_id === null) return;
    await this.database.inTenant(envelope.org_id, (tx) => this.logs.add(tx, envelope, entry));
  }
}
