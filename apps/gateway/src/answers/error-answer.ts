import type { ServerResponse } from 'node:http';
import type { DomainError } from '@atrium/platform/errors';
import { envelopeOf } from '@atrium/platform/http';
import { apiContentPolicy, securityHeaders } from './security-headers.js';

/** Headers of an error besides those that every answer has. */
function headersOf(error: DomainError): string[] {
  const list: string[] = [];
  if (error.retryAfterSeconds !== undefined) list.push('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))));
  if (error.code === 'UNAUTHENTICATED') list.push('www-authenticate', 'Bearer');
  return list;
}

/** What OAuth's own endpoints answer instead of the envelope (RFC 6749 §5.2; `temporarily_unavailable` as in §4.1.2.1). */
function oauthErrorOf({ code, status, message }: DomainError): { error: string; error_description: string } {
  if (code === 'INTERNAL') return { error: 'server_error', error_description: message };
  return { error: status === 429 || status >= 500 ? 'temporarily_unavailable' : 'invalid_request', error_description: message };
}

/** Writes the error envelope, or OAuth's form of it. `headers` is a flat list of names and values; `status` stands in for the code's own. */
export function answerError(
  response: ServerResponse,
  requestId: string,
  error: DomainError,
  { headers = [], status = error.status, oauth = false }: { readonly headers?: readonly string[]; readonly status?: number; readonly oauth?: boolean } = {},
): void {
  const body = Buffer.from(JSON.stringify(oauth ? oauthErrorOf(error) : envelopeOf(error, requestId)));
  response.writeHead(status, [
    ...securityHeaders,
    'content-security-policy',
    apiContentPolicy,
    'content-type',
    'application/json; charset=utf-8',
    'cache-control',
    'no-store',
    'x-request-id',
    requestId,
    'content-length',
    String(body.length),
    ...headersOf(error),
    ...headers,
  ]);
  response.end(body);
}
