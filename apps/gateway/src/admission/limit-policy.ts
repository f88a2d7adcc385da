import type { EndpointDefinition, Principal } from '@atrium/contract-kit';
import type { Limit } from '@atrium/platform/state';

/** A limit under the name that its headers show, and the key that it is counted under. */
export interface LimitPolicy {
  readonly name: string;
  readonly key: string;
  readonly limit: Limit;
}

/** Who a request is counted for. */
export interface Caller {
  readonly addressKey: string;
  readonly principal?: Principal;
  /** Of an API key: what the service gets in the key's place. */
  readonly accessToken?: string;
  readonly writeKeyHash?: string;
}

const hour = 3600;
const perUser: Limit = { requests: 1000, windowSeconds: hour };
const perAddress: Limit = { requests: 100, windowSeconds: hour };
/** Write keys and API keys that were refused, of one address: generous to a wrong setting, not to guessing. */
const perRefusedKeys: Limit = { requests: 1000, windowSeconds: hour };

/** The limits that a request is held to: the caller's general one, and the route's. */
export class LimitPolicies {
  private readonly user: Limit;
  private readonly address: Limit;
  private readonly refusedKeys: Limit;
  private readonly routes = new Map<EndpointDefinition, Limit>();

  constructor(private readonly scale: number) {
    this.user = this.scaled(perUser);
    this.address = this.scaled(perAddress);
    this.refusedKeys = this.scaled(perRefusedKeys);
  }

  /** In the order in which they are counted. */
  for(endpoint: EndpointDefinition, caller: Caller): LimitPolicy[] {
    // Public keys and discovery are fetched by every client's library, and answers are cacheable.
    if (endpoint.path.startsWith('/.well-known/')) return [];
    const route = this.routePolicy(endpoint, caller);
    // A write key stands for a site's visitors: its own limit takes the place of the general one.
    if (route && (caller.writeKeyHash !== undefined || endpoint.limit?.alone)) return [route];
    const general = caller.principal ? this.ofPrincipal(caller.principal) : this.ofAddress(caller.addressKey);
    return route ? [general, route] : [general];
  }

  ofAddress(addressKey: string): LimitPolicy {
    return { name: 'address', key: `address ${addressKey}`, limit: this.address };
  }

  ofRefusedKeys(addressKey: string): LimitPolicy {
    return { name: 'refused-keys', key: `refused-keys ${addressKey}`, limit: this.refusedKeys };
  }

  /** Each program of a person has the limit of a person, of its own: one that runs wild locks nobody out. */
  private ofPrincipal(principal: Principal): LimitPolicy {
    const key = nameOf(principal);
    return { name: key.slice(0, key.indexOf(' ')), key, limit: this.user };
  }

  private routePolicy(endpoint: EndpointDefinition, caller: Caller): LimitPolicy | undefined {
    const { limit, operationId } = endpoint;
    if (!limit) return undefined;
    let scaled = this.routes.get(endpoint);
    if (!scaled) this.routes.set(endpoint, (scaled = this.scaled(limit)));
    return { name: 'route', key: `route ${limit.counter ?? operationId} ${subjectOf(limit.per, caller)}`, limit: scaled };
  }

  private scaled({ requests, windowSeconds }: Limit): Limit {
    return { requests: Math.max(1, Math.round(requests * this.scale)), windowSeconds };
  }
}

/** What kind of caller it is, and which one. */
function nameOf({ kind, clientId, userId, sessionId }: Principal): string {
  if (kind === 'api_key') return `api-key ${sessionId}`;
  return clientId === undefined ? `user ${userId}` : `client ${clientId} ${userId}`;
}

function subjectOf(per: 'address' | 'principal' | 'write-key', caller: Caller): string {
  if (per === 'write-key' && caller.writeKeyHash !== undefined) return `key ${caller.writeKeyHash}`;
  if (per !== 'address' && caller.principal) return nameOf(caller.principal);
  return `address ${caller.addressKey}`;
}
