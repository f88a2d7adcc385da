import type { AuditEntry, DomainEventDefinition, auditEntry } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { currentContext } from '../context/index.js';
import type { TenantTransaction, Transaction } from '../database/index.js';
import { Outbox, type OutboxMessage, type PublishOptions } from '../messaging/index.js';

/** The domain event that carries entries; given by the service, since contracts are not known here. */
export const AUDIT_EVENT = Symbol('AuditEvent');

/** What the caller knows. The actor is taken from the request where unset, and is the system outside of one. */
export type AuditRecord = Pick<AuditEntry, 'action'> & Partial<AuditEntry>;

const system: AuditEntry['actor'] = { kind: 'system', id: null, session_id: null };

const entryOf = (record: AuditRecord): AuditEntry => ({
  outcome: 'success',
  actor: currentContext()?.actor ?? system,
  resource: null,
  site_id: null,
  before: null,
  after: null,
  details: {},
  ...record,
});

/** Writes the audit log: an entry leaves if, and only if, the transaction commits that changed the state. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly outbox: Outbox,
    @Inject(AUDIT_EVENT) private readonly definition: DomainEventDefinition<typeof auditEntry>,
  ) {}

  /** `orgId` is the organization whose log shows it; null for what concerns a person alone, which no organization sees. */
  async record(tx: Transaction, record: AuditRecord, options: PublishOptions): Promise<void> {
    for (const message of this.messages(record, options)) await this.outbox.write(tx, message);
  }

  /** What {@link record} writes, as yet unwritten. */
  messages(record: AuditRecord, options: PublishOptions): OutboxMessage[] {
    return this.outbox.messages(this.definition, entryOf(record), options);
  }

  /** {@link record} in the log of the transaction's organization. */
  inOrganization(tx: TenantTransaction, record: AuditRecord): Promise<void> {
    return this.record(tx, record, { orgId: tx.orgId });
  }

  /** Any number of them, in one statement. */
  allInOrganization(tx: TenantTransaction, records: readonly AuditRecord[]): Promise<void> {
    return this.outbox.writeAll(tx, records.flatMap((record) => this.messages(record, { orgId: tx.orgId })));
  }
}
