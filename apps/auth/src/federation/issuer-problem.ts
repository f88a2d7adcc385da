import { DomainError } from '@atrium/platform/errors';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';

/** Codes of openid-client for an issuer that answers late, or as none would. */
const outages = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR']);

/** Whether the issuer can't be reached, rather than that its answer is wrong. */
export function isOutage(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'UPSTREAM_UNAVAILABLE';
  if (error instanceof ClientError) return outages.has(error.code ?? '');
  // What fetch throws when there is no connection.
  return error instanceof TypeError && error.cause !== undefined;
}

const errorCode = /^[\w.-]{1,64}$/;

/**
 * One line for the log. Causes stay out of it but for their text: they hold the code, the claims and whole answers of the
 * issuer.
 */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const said = error instanceof AuthorizationResponseError || error instanceof ResponseBodyError ? error.error : '';
  const parts = [error.name, error.message, errorCode.test(said) ? said : ''];
  if (error.cause instanceof Error) parts.push(error.cause.message);
  return parts.filter(Boolean).join(': ');
}
