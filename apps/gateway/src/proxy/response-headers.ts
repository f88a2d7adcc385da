import type { ServiceName } from '@atrium/contract-kit';
import type { IncomingHttpHeaders } from 'node:http';
import { isHopByHop, namedInConnection } from './hop-by-hop.js';

/** Said by the gateway instead; and what only tells strangers which software runs. */
const replaced = new Set([
  'server',
  'x-powered-by',
  'via',
  'x-request-id',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'strict-transport-security',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'vary',
]);

/**
 * The service's end-to-end headers, as a flat list of names and values. `Vary` is left to {@link varyOf}. Auth alone has
 * cookies: what another service set would go to auth with the next request.
 */
export function outwardHeaders(headers: IncomingHttpHeaders, service: ServiceName): string[] {
  const dropped = namedInConnection(headers.connection);
  const list: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || isHopByHop(name) || replaced.has(name) || dropped.has(name)) continue;
    if (name === 'set-cookie' && service !== 'auth') continue;
    if (typeof value === 'string') list.push(name, value);
    else for (const one of value) list.push(name, one);
  }
  return list;
}

/** One `Vary` of the service's and the gateway's own. */
export function varyOf(headers: IncomingHttpHeaders, own: readonly string[]): string[] {
  const theirs = headers.vary === undefined ? [] : [headers.vary];
  const fields = [...theirs, ...own];
  return fields.length === 0 ? [] : ['vary', fields.join(', ')];
}
