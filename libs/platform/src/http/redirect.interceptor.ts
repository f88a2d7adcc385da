import type { EndpointDefinition, Redirect } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';

/** Sends a {@link Redirect} as its headers, without a body, and has nobody store it: its location may hold a code. */
@Injectable()
export class RedirectInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    if (definition?.success.status !== 302) return next.handle();
    return next.handle().pipe(
      map(({ location, setCookie }: Redirect) => {
        const reply = context.switchToHttp().getResponse<FastifyReply>();
        void reply.header('location', location).header('cache-control', 'no-store');
        if (setCookie !== undefined) void reply.header('set-cookie', setCookie);
        return undefined;
      }),
    );
  }
}
