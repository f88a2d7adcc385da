import type { ErrorCode } from '@atrium/contract-kit';
import { DomainError } from '../errors/index.js';

export interface AccessDeniedOptions {
  /** For the log alone. */
  readonly reason: string;
  readonly permission?: string;
  readonly publicMessage?: string;
}

/** A refusal for who is asking. Thrown by policies anywhere in a request, it reaches the access log. */
export class AccessDeniedError extends DomainError {
  readonly permission: string | null;
  readonly reason: string;

  constructor(code: Extract<ErrorCode, 'FORBIDDEN' | 'NOT_FOUND'>, { reason, permission, publicMessage }: AccessDeniedOptions) {
    super(code, publicMessage, { detail: reason });
    this.permission = permission ?? null;
    this.reason = reason;
  }
}
