import { sendError, requestIdOf, toDomainError } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerClientError, registerExpectations } from './answers/client-errors.js';
import { answerError } from './answers/error-answer.js';
import { apiContentPolicy, securityHeaders } from './answers/security-headers.js';
import type { GatewayConfig } from './config.js';
import { unknownPath } from './answers/unknown-path.js';
import { discardBody } from './proxy/request-body.js';

/** Bytes of all headers of a request; beyond it 431. */
const maxHeaderSize = 16 * 1024;
/** Milliseconds between two looks for connections whose time is up. */
const checkingInterval = 1_000;
const maxParamLength = 512;

/** The HTTP server, strict about what is a request and patient with nobody. */
export function createServer(config: GatewayConfig, logger: Logger): FastifyInstance {
  const server = Fastify({
    logger: false,
    genReqId: requestIdOf,
    trustProxy: config.TRUSTED_PROXIES.length > 0 ? config.TRUSTED_PROXIES : false,
    routerOptions: { maxParamLength, ignoreTrailingSlash: false, caseSensitive: true },
    http: { maxHeaderSize, insecureHTTPParser: false, headersTimeout: config.CLIENT_HEADERS_TIMEOUT_MS, connectionsCheckingInterval: checkingInterval },
    requestTimeout: config.CLIENT_REQUEST_TIMEOUT_MS,
    keepAliveTimeout: config.CLIENT_KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // What the router itself refuses: a path that is no valid percent-encoding.
    frameworkErrors: (error, request, reply) => {
      reply.hijack();
      answerError(reply.raw, request.id, toDomainError(error));
      discardBody(request.raw);
    },
  });
  // Bodies are the services' affair: none is read by the framework.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, logger));
  server.setNotFoundHandler((request, reply) => {
    reply.hijack();
    answerError(reply.raw, request.id, unknownPath());
    discardBody(request.raw);
  });
  registerExpectations(server.server);
  return server;
}

/** For the routes that the gateway answers itself. */
export function registerOwnHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('content-security-policy', apiContentPolicy);
    for (let index = 0; index < securityHeaders.length; index += 2) {
      void reply.header(securityHeaders[index] ?? '', securityHeaders[index + 1]);
    }
    done();
  });
}
