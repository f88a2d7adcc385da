import type { EndpointDefinition, Versioned } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';

/** Sends the version of a {@link Versioned} answer as its `ETag`, and the body alone. */
@Injectable()
export class VersionedInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    if (!definition?.success.etag) return next.handle();
    return next.handle().pipe(
      map((answer: Versioned<unknown>) => {
        void context.switchToHttp().getResponse<FastifyReply>().header('etag', `"${answer.version}"`);
        return answer.body;
      }),
    );
  }
}
