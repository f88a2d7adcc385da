import type { AuditEntry, DomainEventDefinition, auditEntry } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { currentContext } from '../context/index.js';
import type { Transaction } from '../database/index.js';
import { Outbox } from '../messaging/index.js';

/** The domain event that carries entries; given by the service, since contracts are not known here. */
export const AUDIT_EVENT = Symbol('AuditEvent');

/** What the caller knows. The actor is taken from the request where unset, and is the system outside of one. */
export type AuditRecord = Pick<AuditEntry, 'action'> & Partial<AuditEntry>;

const system: AuditEntry['actor'] = { kind: 'system', id: null, session_id: null };

/** Writes the audit log: an entry leaves if, and only if, the transaction commits that changed the state. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly outbox: Outbox,
    @Inject(AUDIT_EVENT) private readonly definition: DomainEventDefinition<typeof auditEntry>,
  ) {}

  /** `orgId` is the organization whose log shows it; null for what concerns a person alone. */
  async record(tx: Transaction, record: AuditRecord, { orgId }: { readonly orgId: string | null }): Promise<void> {
    const entry: AuditEntry = {
      outcome: 'success',
      actor: currentContext()?.actor ?? system,
      resource: null,
      site_id: null,
      before: null,
      after: null,
      details: {},
      ...record,
    };
    await this.outbox.publish(tx, this.definition, entry, { orgId });
  }
}
