import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendError } from './error.filter.js';

/**
 * Routes on Fastify itself, past Nest's guards, pipes and interceptors, in a context of their own: their parsers are not
 * those of other routes. Request ids, traces and the error envelope are those of every endpoint.
 */
export function registerDirectly(host: HttpAdapterHost, logger: Logger, routes: (scope: FastifyInstance) => void): void {
  const server = host.httpAdapter.getInstance<FastifyInstance>();
  void server.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply, logger));
    routes(scope);
  });
}

/** Bodies of any media type come as they are, see {@link bytesOf}. */
export function takeBytes(scope: FastifyInstance, bodyLimit: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
}

/** The body as it came; empty where there is none. */
export const bytesOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));
