import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type RequestContext, runInContext } from '../context/index.js';
import { openSpan, type OpenSpan, SpanKind } from '../telemetry/index.js';

const acceptableRequestId = /^[A-Za-z0-9._-]{8,128}$/;

/** Keeps a caller's request id when it is harmless in logs and headers, else makes one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableRequestId.test(given) ? given : randomUUID();
}

const contextOf = Symbol('RequestContext');
const spanOf = Symbol('RequestSpan');
declare module 'fastify' {
  interface FastifyRequest {
    [contextOf]?: RequestContext;
    [spanOf]?: OpenSpan;
  }
}

/** Opens the request's context, which every log line, message and row of it carries, and shows its id and cookies. */
export function registerRequestContext(server: FastifyInstance): void {
  server.decorateRequest(contextOf, undefined);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const context: RequestContext = { requestId: request.id, actor: { kind: 'anonymous', id: null, session_id: null } };
    request[contextOf] = context;
    runInContext(context, done);
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    const cookies = request[contextOf]?.cookies;
    if (cookies) void reply.header('set-cookie', cookies);
    done();
  });
}

/** One server span a request, continuing the caller's trace (W3C Trace Context). */
export function registerTracing(server: FastifyInstance): void {
  server.decorateRequest(spanOf, undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    const traceparent = request.headers['traceparent'];
    const span = openSpan(request.method, {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': request.method, 'http.route': request.routeOptions.url ?? '' },
      parent: typeof traceparent === 'string' ? { traceparent } : {},
    });
    request[spanOf] = span;
    span.run(done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const open = request[spanOf];
    open?.span.setAttribute('http.response.status_code', reply.statusCode);
    open?.end(reply.statusCode >= 500 ? new Error(`HTTP ${reply.statusCode}`) : undefined);
    done();
  });
}
