import type { EndpointDefinition } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';
import type { AuthorizedRequest } from '../http/input.decorator.js';
import { SingleEffects } from './single-effects.js';

/** {@link SingleEffects} of Nest's handlers. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly effects: SingleEffects) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    if (!this.effects.isKeyed(definition, request)) return next.handle();
    return from(this.effects.run(definition, request, () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}
