import type { IncomingHttpHeaders } from 'node:http';
import { isHopByHop, namedInConnection } from './hop-by-hop.js';

/** What the gateway itself says about a request. */
export interface GatewayFacts {
  readonly requestId: string;
  readonly traceparent: string;
  /** The client's address as the gateway trusts it. */
  readonly address: string;
  /** Whether `Authorization` means anything to the endpoint. */
  readonly authorization: boolean;
  /** Where the client sent an API key: what the service gets in its place. */
  readonly accessToken?: string | undefined;
  /** A write key that the client sent elsewhere than in its headers. */
  readonly writeKey?: string | undefined;
}

/** Settled by the gateway or by the connection to the service. */
const settledHere = new Set(['host', 'expect', 'content-length', 'x-request-id', 'traceparent', 'via', 'forwarded', 'x-api-key']);

/** Names that proxies and frameworks use to say who is asking, or what was really asked for. */
const spoofable =
  /^(?:x-(?:user|org|organization|tenant|principal|forwarded|real|client|cluster-client|original|rewrite|auth|authenticated|remote|http-method|method|envoy|amzn-oidc)(?:-|$)|x-(?:userid|orgid|roles?|permissions?|site-ids?)$|cf-connecting|true-client|fastly-client|client-ip$|remote-)/;

const verdicts = new Map<string, boolean>();

/** Whether a header of that lower-case name passes; underscores count as hyphens, as some servers take them so. */
export function passesInward(name: string): boolean {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const plain = name.replaceAll('_', '-');
  const passes = !isHopByHop(plain) && !settledHere.has(plain) && !spoofable.test(plain);
  // Bounded, since clients choose the names.
  if (verdicts.size < 2_000) verdicts.set(name, passes);
  return passes;
}

/**
 * The headers for the service, as a flat list of names and values. It is made of Node's own reading of the request, in
 * which a repeated single-valued field counts once: what was checked here is what the service sees.
 */
export function inwardHeaders(headers: IncomingHttpHeaders, facts: GatewayFacts): string[] {
  const dropped = namedInConnection(headers.connection);
  const list: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !passesInward(name) || dropped.has(name)) continue;
    if (name === 'authorization' && (!facts.authorization || facts.accessToken !== undefined)) continue;
    list.push(name, typeof value === 'string' ? value : value.join(', '));
  }
  if (facts.accessToken !== undefined) list.push('authorization', `Bearer ${facts.accessToken}`);
  if (facts.writeKey !== undefined) list.push('x-write-key', facts.writeKey);
  list.push('x-request-id', facts.requestId, 'traceparent', facts.traceparent, 'x-forwarded-for', facts.address);
  return list;
}
