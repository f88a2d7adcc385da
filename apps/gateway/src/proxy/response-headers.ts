import type { ServiceName } from '@atrium/contract-kit';
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

/** All values of a field as one, or undefined. */
function joined(headers: readonly string[], name: string): string | undefined {
  let all: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) all = all === undefined ? headers[index + 1] : `${all}, ${headers[index + 1]}`;
  }
  return all;
}

/**
 * The service's end-to-end headers, as a flat list of names and values like the one given. `Vary` is left to
 * {@link varyOf}. Auth alone has cookies: what another service set would go to auth with the next request.
 */
export function outwardHeaders(headers: readonly string[], service: ServiceName): string[] {
  const dropped = namedInConnection(joined(headers, 'connection'));
  const list: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (isHopByHop(name) || replaced.has(name) || dropped.has(name)) continue;
    if (name === 'set-cookie' && service !== 'auth') continue;
    list.push(name, headers[index + 1] ?? '');
  }
  return list;
}

/** One `Vary` of the service's and the gateway's own. */
export function varyOf(headers: readonly string[], own: readonly string[]): string[] {
  const theirs = joined(headers, 'vary');
  const fields = theirs === undefined ? own : [theirs, ...own];
  return fields.length === 0 ? [] : ['vary', fields.join(', ')];
}
