import type { AuditEntry } from '@atrium/contract-kit';
import { Injectable } from '@nestjs/common';
import { type AccessDenial, type AccessLog, LoggedDenials } from '../auth-guard/access-log.js';
import { AuditBuffer } from './audit-buffer.js';

const stranger: AuditEntry['actor'] = { kind: 'anonymous', id: null, session_id: null };

/**
 * Denials in the service's log and, where the caller's organization is known, in its audit log. Those of strangers stay
 * in the service's log.
 */
@Injectable()
export class RecordedDenials implements AccessLog {
  private readonly logged = new LoggedDenials();

  constructor(private readonly buffer: AuditBuffer) {}

  denied(denial: AccessDenial): void {
    this.logged.denied(denial);
    const { orgId, code, operation, permission, reason, actor = stranger } = denial;
    if (orgId === null) return;
    // Without the reason, which may name what the caller made up.
    const key = ['access.denied', orgId, actor.kind, actor.id, operation, permission, code].join(' ');
    const resource = operation === null ? null : { type: 'operation', id: operation };
    const details = { code, permission, reason };
    this.buffer.add(key, { orgId, record: { action: 'access.denied', outcome: 'denied', actor, resource, details } });
  }
}
