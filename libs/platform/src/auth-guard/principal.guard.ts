import type { EndpointDefinition } from '@atrium/contract-kit';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../errors/index.js';
import { AccessDoor } from './access-door.js';
import { ACCESS_LOG, type AccessLog } from './access-log.js';
import { ENDPOINT_METADATA, INTERNAL_METADATA } from './endpoint-metadata.js';
import type { PrincipalRequest } from './principal-request.js';

/**
 * Stands before every handler of Nest: a request comes in by what its endpoint's definition demands. A handler that carries
 * neither a definition nor `@Internal()` is closed.
 */
@Injectable()
export class PrincipalGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly door: AccessDoor,
    @Inject(ACCESS_LOG) private readonly accessLog: AccessLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT_METADATA, context.getHandler());
    if (!endpoint) return this.admitInternal(context);
    await this.door.admit(endpoint, context.switchToHttp().getRequest<PrincipalRequest>());
    return true;
  }

  private admitInternal(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(INTERNAL_METADATA, targets)) return true;
    const reason = `${context.getClass().name}.${context.getHandler().name} carries no endpoint definition`;
    this.accessLog.denied({ code: 'FORBIDDEN', operation: null, permission: null, userId: null, orgId: null, reason });
    throw new DomainError('FORBIDDEN', undefined, { detail: reason });
  }
}
