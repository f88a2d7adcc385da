import { DomainError } from '@atrium/platform/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CorsPolicy } from '../answers/cors.js';
import { answerError } from '../answers/error-answer.js';
import { apiContentPolicy, securityHeaders } from '../answers/security-headers.js';
import type { Gateway } from '../proxy/gateway.js';
import { discardBody } from '../proxy/request-body.js';
import { type RoutedMethod, type RoutedPath, routedMethods } from './route-table.js';

const requestedMethod = (request: FastifyRequest): RoutedMethod | undefined =>
  routedMethods.find((method) => method === request.headers['access-control-request-method']);

function answerOptions(path: RoutedPath, cors: CorsPolicy, request: FastifyRequest, reply: FastifyReply): void {
  const asked = requestedMethod(request);
  const headers = asked ? cors.preflightFor(request.headers, path.byMethod.get(asked), path.allow) : [];
  reply.hijack();
  reply.raw
    .writeHead(204, [...securityHeaders, 'content-security-policy', apiContentPolicy, 'allow', path.allow, 'x-request-id', request.id, ...headers])
    .end();
  discardBody(request.raw);
}

function answerWrongMethod(path: RoutedPath, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  answerError(reply.raw, request.id, new DomainError('METHOD_NOT_ALLOWED'), { headers: ['allow', path.allow] });
  discardBody(request.raw);
}

/** Routes every path of the contract; a known path with another method answers 405 (RFC 9110 §15.5.6). */
export function registerEndpoints(server: FastifyInstance, paths: readonly RoutedPath[], gateway: Gateway, cors: CorsPolicy): void {
  for (const path of paths) {
    for (const method of routedMethods) {
      const endpoint = path.byMethod.get(method);
      server.route({
        method,
        url: path.url,
        exposeHeadRoute: false,
        handler: (request, reply) => {
          if (endpoint) gateway.handle(endpoint, request, reply);
          else if (method === 'OPTIONS') answerOptions(path, cors, request, reply);
          else answerWrongMethod(path, request, reply);
        },
      });
    }
  }
}
