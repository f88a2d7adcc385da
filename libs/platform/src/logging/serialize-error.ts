import { DomainError } from '../errors/index.js';

export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly detail?: string;
  readonly stack?: string;
  readonly cause?: SerializedError;
  readonly errors?: readonly SerializedError[];
}

/** Causes beyond this are dropped; a chain may be circular. */
const maxCauses = 5;

/** An error for the log, with its causes. Other own properties stay out: drivers put queries and parameters there. */
export function serializeError(error: Error, depth = 0): SerializedError {
  const code: unknown = 'code' in error ? error.code : undefined;
  const detail = error instanceof DomainError ? error.detail : undefined;
  const cause = depth < maxCauses && error.cause instanceof Error ? serializeError(error.cause, depth + 1) : undefined;
  const errors =
    depth < maxCauses && error instanceof AggregateError
      ? error.errors.filter((one): one is Error => one instanceof Error).map((one) => serializeError(one, depth + 1))
      : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(detail !== undefined && { detail }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(cause && { cause }),
    ...(errors && { errors }),
  };
}
