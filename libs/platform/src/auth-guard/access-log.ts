import type { AuditEntry, ErrorCode } from '@atrium/contract-kit';
import { Injectable, Logger } from '@nestjs/common';

/** A request that was refused for who is asking. */
export interface AccessDenial {
  readonly code: ErrorCode;
  /** Operation id of the endpoint; null where the handler has none. */
  readonly operation: string | null;
  readonly permission: string | null;
  readonly userId: string | null;
  /** Who asked, as the audit log names them; unset for strangers. */
  readonly actor?: AuditEntry['actor'];
  readonly orgId: string | null;
  /** For the log: what exactly was missing. Never holds a token. */
  readonly reason: string;
}

/** Receives every denial. Must not throw. */
export interface AccessLog {
  denied(denial: AccessDenial): void;
}

/** Dependency-injection token of the {@link AccessLog}. */
export const ACCESS_LOG = Symbol('AccessLog');

/** Denials as structured warnings of the service's own log. */
@Injectable()
export class LoggedDenials implements AccessLog {
  private readonly logger = new Logger('AccessLog');

  denied({ code, permission, operation, userId, orgId, reason }: AccessDenial): void {
    this.logger.warn({ event: 'access_denied', code, permission, operation, user_id: userId, org_id: orgId, reason });
  }
}
