import { type EndpointDefinition, isUnguarded, type Principal } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { currentContext } from '../context/index.js';
import { DomainError } from '../errors/index.js';
import { AccessDeniedError } from './access-denied-error.js';
import { ACCESS_LOG, type AccessLog } from './access-log.js';
import { requireAccess, requireProgramAccepted } from './access-rules.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { actorOf } from './actor.js';
import { bearerToken } from './bearer-token.js';
import type { PrincipalRequest } from './principal-request.js';
import { REVOCATIONS, type Revocations } from './revocations.js';

/** What an endpoint's definition demands of whoever calls it, and the log of those who were denied. */
@Injectable()
export class AccessDoor {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    @Inject(REVOCATIONS) private readonly revocations: Revocations,
    @Inject(ACCESS_LOG) private readonly accessLog: AccessLog,
  ) {}

  /** Lets a request in, and leaves the principal on it and in the context. @throws UNAUTHENTICATED, FORBIDDEN, UPSTREAM_UNAVAILABLE */
  async admit(endpoint: EndpointDefinition, request: PrincipalRequest): Promise<void> {
    const { access } = endpoint;
    if (isUnguarded(access)) return;
    const rawToken = bearerToken(request.headers.authorization);
    if (rawToken === undefined) {
      // The service's own handler checks the key.
      if (access.kind === 'write-key') return;
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'no bearer token' });
    }
    const principal = await this.authenticate(rawToken, endpoint);
    this.authorize(principal, endpoint);
    leave(principal, rawToken, request);
  }

  /** Brings a denial that a policy threw inside a handler to the access log, so that policies stay plain functions. */
  report(error: unknown, endpoint: EndpointDefinition | undefined, { principal }: PrincipalRequest): void {
    if (!(error instanceof AccessDeniedError)) return;
    this.denied({ endpoint, permission: error.permission, code: error.code, reason: error.reason, principal });
  }

  private async authenticate(rawToken: string, endpoint: EndpointDefinition): Promise<Principal> {
    try {
      const principal = await this.verifier.verify(rawToken);
      if (!this.revocations.isRevoked(principal)) return principal;
      this.deniedBy(endpoint, 'UNAUTHENTICATED', 'the token is revoked', principal);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        this.deniedBy(endpoint, error.code, error.detail ?? error.message);
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
      if (error instanceof AccessDeniedError) this.deniedBy(endpoint, error.code, error.reason, principal);
      throw error;
    }
  }

  private deniedBy(endpoint: EndpointDefinition, code: DomainError['code'], reason: string, principal?: Principal): void {
    const permission = 'permission' in endpoint.access ? endpoint.access.permission : null;
    this.denied({ endpoint, permission, code, reason, principal });
  }

  private denied({ endpoint, permission, code, reason, principal }: Denied): void {
    this.accessLog.denied({
      code,
      operation: endpoint?.operationId ?? null,
      permission,
      userId: principal?.userId ?? null,
      ...(principal ? { actor: actorOf(principal) } : {}),
      orgId: principal?.orgId ?? null,
      reason,
    });
  }
}

interface Denied {
  readonly endpoint: EndpointDefinition | undefined;
  readonly permission: string | null;
  readonly code: DomainError['code'];
  readonly reason: string;
  readonly principal: Principal | undefined;
}

function leave(principal: Principal, rawToken: string, request: PrincipalRequest): void {
  request.principal = principal;
  const context = currentContext();
  if (!context) return;
  context.userId = principal.userId;
  context.actor = actorOf(principal);
  context.accessToken = rawToken;
  if (principal.orgId !== null) context.orgId = principal.orgId;
}
