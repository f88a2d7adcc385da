import type { DomainEventDefinition, auditEntry } from '@atrium/contract-kit';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditBuffer } from './audit-buffer.js';
import { AUDIT_EVENT, AuditTrail } from './audit-trail.js';
import { RecordedDenials } from './recorded-denials.js';

/** Gives {@link AuditTrail}, which speaks through the outbox of the service, and what writes to it besides. */
@Global()
@Module({})
export class AuditModule {
  static forRoot(event: DomainEventDefinition<typeof auditEntry>): DynamicModule {
    return {
      module: AuditModule,
      providers: [{ provide: AUDIT_EVENT, useValue: event }, AuditTrail, AuditBuffer, RecordedDenials],
      exports: [AuditTrail, AuditBuffer, RecordedDenials],
    };
  }
}
