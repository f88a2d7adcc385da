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

/** Of a request whose caller is not known yet. */
export const newRequestContext = (requestId: string): RequestContext => ({ requestId, actor: { kind: 'anonymous', id: null, session_id: null } });

/** The span of a request that is served here, continuing the caller's trace (W3C Trace Context). */
export function openServerSpan({ method = '', headers }: IncomingMessage, route: string): OpenSpan {
  const { traceparent } = headers;
  return openSpan(method, {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method, 'http.route': route },
    parent: typeof traceparent === 'string' ? { traceparent } : {},
  });
}

export function endServerSpan({ span, end }: OpenSpan, status: number): void {
  span.setAttribute('http.response.status_code', status);
  end(status >= 500 ? new Error(`HTTP ${status}`) : undefined);
}

/** Opens the request's context, which every log line, message and row of it carries, and shows its id and cookies. */
export function registerRequestContext(server: FastifyInstance): void {
  server.decorateRequest(contextOf, undefined);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const context = newRequestContext(request.id);
    request[contextOf] = context;
    runInContext(context, done);
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    const cookies = request[contextOf]?.cookies;
    if (cookies) void reply.header('set-cookie', cookies);
    done();
  });
}

/** One server span a request. */
export function registerTracing(server: FastifyInstance): void {
  server.decorateRequest(spanOf, undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    const span = openServerSpan(request.raw, request.routeOptions.url ?? '');
    request[spanOf] = span;
    span.run(done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const open = request[spanOf];
    if (open) endServerSpan(open, reply.statusCode);
    done();
  });
}
