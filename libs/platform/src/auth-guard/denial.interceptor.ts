import type { EndpointDefinition } from '@atrium/contract-kit';
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap, type Observable } from 'rxjs';
import { AccessDeniedError } from './access-denied-error.js';
import { ACCESS_LOG, type AccessLog } from './access-log.js';
import { actorOf } from './actor.js';
import { ENDPOINT_METADATA } from './endpoint-metadata.js';
import type { PrincipalRequest } from './principal-request.js';

/** Brings denials that policies throw inside a handler to the access log, so that policies stay plain functions. */
@Injectable()
export class DenialInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(ACCESS_LOG) private readonly accessLog: AccessLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap({ error: (error: unknown) => this.report(error, context) }));
  }

  private report(error: unknown, context: ExecutionContext): void {
    if (!(error instanceof AccessDeniedError)) return;
    const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT_METADATA, context.getHandler());
    const { principal } = context.switchToHttp().getRequest<PrincipalRequest>();
    this.accessLog.denied({
      code: error.code,
      operation: endpoint?.operationId ?? null,
      permission: error.permission,
      userId: principal?.userId ?? null,
      ...(principal ? { actor: actorOf(principal) } : {}),
      orgId: principal?.orgId ?? null,
      reason: error.reason,
    });
  }
}
