import type { EndpointDefinition } from '@atrium/contract-kit';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap, type Observable } from 'rxjs';
import { AccessDoor } from './access-door.js';
import { ENDPOINT_METADATA } from './endpoint-metadata.js';
import type { PrincipalRequest } from './principal-request.js';

/** Has every denial reported that a handler of Nest throws. */
@Injectable()
export class DenialInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly door: AccessDoor,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const report = (error: unknown): void => {
      const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT_METADATA, context.getHandler());
      this.door.report(error, endpoint, context.switchToHttp().getRequest<PrincipalRequest>());
    };
    return next.handle().pipe(tap({ error: report }));
  }
}
