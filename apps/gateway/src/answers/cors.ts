import type { EndpointDefinition } from '@atrium/contract-kit';
import type { IncomingHttpHeaders } from 'node:http';

const exposed =
  'X-Request-Id, ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Idempotency-Replayed, Deprecation, Sunset, Content-Disposition';
const requestable =
  'Authorization, Content-Type, Content-Encoding, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, X-Write-Key, X-Share-Password, X-Device-Token, Traceparent';
/** Where no credentials are taken, `*` stands for every field but `Authorization`: SDKs send fields of their own. */
const requestableAnywhere = `${requestable}, *`;
const preflightSeconds = '600';

const nothing: readonly string[] = [];
const credentialsAllowed: readonly string[] = ['access-control-allow-credentials', 'true'];

const credentialsOf = (endpoint: EndpointDefinition | undefined): readonly string[] =>
  endpoint?.device ? credentialsAllowed : nothing;

const isOpen = (endpoint: EndpointDefinition | undefined): boolean =>
  endpoint?.access.kind === 'write-key' || endpoint?.access.kind === 'oauth';

/**
 * Cross-origin rules (Fetch §3.2). Tokens travel in headers that a script sets itself; the one cookie is the proof of a
 * known device, which says nothing of who somebody is, so that only what signs in takes credentials.
 * Whoever holds a write key may send events from any page, and client apps in a browser speak OAuth from their own.
 */
export class CorsPolicy {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Headers of an answer, as a flat list; `Vary` is told by {@link varies}. */
  headersFor(headers: IncomingHttpHeaders, endpoint: EndpointDefinition | undefined): readonly string[] {
    const allowed = this.allowedOrigin(headers.origin, endpoint);
    if (allowed === undefined) return nothing;
    return ['access-control-allow-origin', allowed, ...credentialsOf(endpoint), 'access-control-expose-headers', exposed];
  }

  /** Whether the answer would differ for another `Origin`. */
  varies(endpoint: EndpointDefinition | undefined): boolean {
    return !isOpen(endpoint);
  }

  /** Headers of a preflight's answer for the method that it asks about. */
  preflightFor(headers: IncomingHttpHeaders, endpoint: EndpointDefinition | undefined, allow: string): string[] {
    const allowed = this.allowedOrigin(headers.origin, endpoint);
    const vary = ['vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'];
    if (allowed === undefined) return vary;
    return [
      ...vary,
      'access-control-allow-origin',
      allowed,
      ...credentialsOf(endpoint),
      'access-control-allow-methods',
      allow,
      'access-control-allow-headers',
      isOpen(endpoint) ? requestableAnywhere : requestable,
      'access-control-max-age',
      preflightSeconds,
    ];
  }

  private allowedOrigin(origin: string | undefined, endpoint: EndpointDefinition | undefined): string | undefined {
    if (origin === undefined) return undefined;
    if (isOpen(endpoint)) return '*';
    return this.origins.has(origin) ? origin : undefined;
  }
}
