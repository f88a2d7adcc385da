import { type EndpointDefinition, isUnguarded, type Principal } from '@atrium/contract-kit';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { currentContext } from '../context/index.js';
import { DomainError } from '../errors/index.js';
import { AccessDeniedError } from './access-denied-error.js';
import { ACCESS_LOG, type AccessLog } from './access-log.js';
import { actorOf } from './actor.js';
import { requireAccess, requireProgramAccepted } from './access-rules.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { bearerToken } from './bearer-token.js';
import { ENDPOINT_METADATA, INTERNAL_METADATA } from './endpoint-metadata.js';
import type { PrincipalRequest } from './principal-request.js';
import { REVOCATIONS, type Revocations } from './revocations.js';

/**
 * The door of every handler: lets a request in by what its endpoint's definition demands, and leaves the principal on
 * it. A handler that carries neither a definition nor `@Internal()` is closed.
 */
@Injectable()
export class PrincipalGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: AccessTokenVerifier,
    @Inject(REVOCATIONS) private readonly revocations: Revocations,
    @Inject(ACCESS_LOG) private readonly accessLog: AccessLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT_METADATA, context.getHandler());
    if (!endpoint) return this.admitInternal(context);
    const { access } = endpoint;
    if (isUnguarded(access)) return true;

    const request = context.switchToHttp().getRequest<PrincipalRequest>();
    const rawToken = bearerToken(request.headers.authorization);
    if (rawToken === undefined) {
      // The service's own handler checks the key.
      if (access.kind === 'write-key') return true;
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'no bearer token' });
    }
    const principal = await this.authenticate(rawToken, endpoint);
    this.authorize(principal, endpoint);
    this.admit(principal, rawToken, request);
    return true;
  }

  private admitInternal(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(INTERNAL_METADATA, targets)) return true;
    const reason = `${context.getClass().name}.${context.getHandler().name} carries no endpoint definition`;
    this.accessLog.denied({ code: 'FORBIDDEN', operation: null, permission: null, userId: null, orgId: null, reason });
    throw new DomainError('FORBIDDEN', undefined, { detail: reason });
  }

  private async authenticate(rawToken: string, endpoint: EndpointDefinition): Promise<Principal> {
    try {
      const principal = await this.verifier.verify(rawToken);
      if (!this.revocations.isRevoked(principal)) return principal;
      this.denied(endpoint, 'UNAUTHENTICATED', 'the token is revoked', principal);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        this.denied(endpoint, error.code, error.detail ?? error.message);
      }
      throw error;
    }
    throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the token is revoked' });
  }

  private authorize(principal: Principal, endpoint: EndpointDefinition): void {
    try {
      requireProgramAccepted(principal, endpoint);
      requireAccess(principal, endpoint.access);
    } catch (error) {
      if (error instanceof AccessDeniedError) this.denied(endpoint, error.code, error.reason, principal);
      throw error;
    }
  }

  private admit(principal: Principal, rawToken: string, request: PrincipalRequest): void {
    request.principal = principal;
    const context = currentContext();
    if (!context) return;
    context.userId = principal.userId;
    context.actor = actorOf(principal);
    context.accessToken = rawToken;
    if (principal.orgId !== null) context.orgId = principal.orgId;
  }

  private denied(endpoint: EndpointDefinition, code: DomainError['code'], reason: string, principal?: Principal): void {
    this.accessLog.denied({
      code,
      operation: endpoint.operationId,
      permission: 'permission' in endpoint.access ? endpoint.access.permission : null,
      userId: principal?.userId ?? null,
      ...(principal ? { actor: actorOf(principal) } : {}),
      orgId: principal?.orgId ?? null,
      reason,
    });
  }
}
