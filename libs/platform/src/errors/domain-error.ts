import { errorCodes, type ErrorCode, type ErrorDetail } from '@atrium/contract-kit';

export interface DomainErrorOptions {
  /** For the log alone: never leaves the process. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Offending fields, shown to the caller. */
  readonly fields?: readonly ErrorDetail[];
  /** Seconds until a retry makes sense; leaves as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The only error that services throw on purpose. The HTTP filter turns it into the error envelope. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly detail: string | undefined;
  readonly fields: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    publicMessage: string = errorCodes[code].message,
    options: DomainErrorOptions = {},
  ) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.detail = options.detail;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** HTTP status of the code. */
  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** Another tenant's thing, and a missing one, look the same. */
export const notFound = (what: string): DomainError => new DomainError('NOT_FOUND', `There is no such ${what}.`);

/** An input that its schema could not refuse. */
export const invalidField = (field: string, message: string): DomainError =>
  new DomainError('VALIDATION_ERROR', undefined, { fields: [{ field, message }] });
