import type { DomainEventDefinition, auditEntry } from '@atrium/contract-kit';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AUDIT_EVENT, AuditTrail } from './audit-trail.js';

/** Gives {@link AuditTrail}, which speaks through the outbox of the service. */
@Global()
@Module({})
export class AuditModule {
  static forRoot(event: DomainEventDefinition<typeof auditEntry>): DynamicModule {
    return { module: AuditModule, providers: [{ provide: AUDIT_EVENT, useValue: event }, AuditTrail], exports: [AuditTrail] };
  }
}
