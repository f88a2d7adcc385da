import type { EndpointDefinition } from '@atrium/contract-kit';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { invalidField } from '../errors/index.js';
import type { AuthorizedRequest } from '../http/input.decorator.js';
import { Database } from './database.js';
import { onlyOnce } from './idempotency.js';

/** Gives endpoints that are declared `idempotent` their single effect per `Idempotency-Key`. */
@Injectable()
export class SingleEffects {
  constructor(private readonly database: Database) {}

  /** Whether the request brings a key that its endpoint honours. Else its effect is run as it is. */
  isKeyed(definition: EndpointDefinition | undefined, request: AuthorizedRequest): definition is EndpointDefinition {
    return definition?.idempotent === true && request.headers['idempotency-key'] !== undefined;
  }

  /** Runs the effect of a request with a key, in one transaction with it, or gives the answer that there was. @throws VALIDATION_ERROR, and as {@link onlyOnce} */
  async run(definition: EndpointDefinition, request: AuthorizedRequest, effect: () => Promise<unknown>): Promise<unknown> {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key.length < 1 || key.length > 255) {
      throw invalidField('Idempotency-Key', 'must be 1 to 255 characters');
    }
    const identity = {
      principal: principalOf(definition, request),
      route: `${request.method} ${request.url}`,
      key,
      body: request.body,
      ...authorityOf(definition, request),
    };
    return this.inScopeOf(request, (manager) => onlyOnce(manager, identity, definition.success, effect));
  }

  private inScopeOf({ principal }: AuthorizedRequest, work: (manager: EntityManager) => Promise<unknown>): Promise<unknown> {
    if (principal?.orgId) return this.database.inTenant(principal.orgId, ({ manager }) => work(manager));
    return this.database.withoutTenant(({ manager }) => work(manager));
  }
}

/** An answer from inside one organization is never replayed in another. */
function principalOf({ access }: EndpointDefinition, { principal, ip }: AuthorizedRequest): string {
  if (!principal) return `address:${ip}`;
  // Nor what a person was answered to their API key, which may less.
  if (principal.kind === 'api_key') return `api-key:${principal.sessionId} ${principal.orgId}`;
  if (principal.clientId !== undefined) return `client:${principal.clientId} ${principal.userId} ${principal.orgId}`;
  return access.kind === 'signed-in' || principal.orgId === null ? principal.userId : `${principal.userId} ${principal.orgId}`;
}

/**
 * Whether a permission reaches the site at hand is the handler's to say, and a replay doesn't get there: so the answer is
 * for the membership as it was.
 */
const authorityOf = ({ access }: EndpointDefinition, { principal }: AuthorizedRequest): { authority?: string } =>
  principal && access.kind === 'permission' && access.scope === 'site'
    ? { authority: `membership ${principal.membershipVersion}` }
    : {};
