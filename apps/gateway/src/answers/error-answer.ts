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

/** Writes the error envelope. `headers` is a flat list of names and values; `status` stands in for the code's own. */
export function answerError(
  response: ServerResponse,
  requestId: string,
  error: DomainError,
  { headers = [], status = error.status }: { readonly headers?: readonly string[]; readonly status?: number } = {},
): void {
  const body = Buffer.from(JSON.stringify(envelopeOf(error, requestId)));
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
