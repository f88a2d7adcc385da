import type { EndpointDefinition } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { invalidField } from '../errors/index.js';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';
import type { AuthorizedRequest } from '../http/input.decorator.js';
import { Database } from './database.js';
import { onlyOnce } from './idempotency.js';

/** Gives endpoints that are declared `idempotent` their single effect per `Idempotency-Key`. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    const key = request.headers['idempotency-key'];
    if (!definition?.idempotent || key === undefined) return next.handle();
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
    return from(
      this.inScopeOf(request, (manager) =>
        onlyOnce(manager, identity, definition.success, () =>
          lastValueFrom(next.handle(), { defaultValue: undefined }),
        ),
      ),
    );
  }

  private inScopeOf(
    { principal }: AuthorizedRequest,
    work: (manager: EntityManager) => Promise<unknown>,
  ): Promise<unknown> {
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
