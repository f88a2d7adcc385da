import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type RequestContext, runInContext } from '../context/index.js';
import type { OpenSpan } from '../telemetry/index.js';
import { errorAnswer } from './error.filter.js';
import { endServerSpan, newRequestContext, openServerSpan, requestIdOf } from './request-hooks.js';

/** True when it takes the request, which it then answers; Fastify serves all others. */
export type TakeEarly = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Lets a route have requests before Fastify, whose routing, hooks, request and reply cost as much as all else that is done
 * for the simplest of them. While the service stops nobody is asked: Fastify then ends connections as it answers.
 */
export function takeEarly(server: FastifyInstance, take: TakeEarly): void {
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  // Other listeners only look on.
  server.server.off('request', server.routing).prependListener('request', (request, response) => {
    if (closing || !take(request, response)) server.routing(request, response);
  });
}

const json = 'application/json; charset=utf-8';
const lengthOf = (body: string): string => String(Buffer.byteLength(body));

/** What other requests have of Fastify's hooks: an id, a context, a span, and the error envelope. */
export class EarlyExchange {
  readonly id: string;
  readonly context: RequestContext;
  private readonly span: OpenSpan;

  constructor(
    readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    route: string,
  ) {
    this.id = requestIdOf(request);
    this.context = newRequestContext(this.id);
    this.span = openServerSpan(request, route);
    if (this.span.span.isRecording()) response.once('close', () => endServerSpan(this.span, response.statusCode));
  }

  /** Runs `work`, and what it awaits, in the request's context and span. */
  run(work: () => void): void {
    runInContext(this.context, () => this.span.run(work));
  }

  /** Calls back, in the request's context, with a body whose `length` the head says. Never for one that breaks off. */
  readBody(length: number, read: (body: Buffer) => void): void {
    const { request } = this;
    let gathered: Buffer[] | undefined;
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (gathered) gathered.push(chunk);
      else if (size < length) gathered = [chunk];
      if (size === length) this.run(() => read(gathered ? Buffer.concat(gathered, length) : chunk));
    });
  }

  /** `body` is JSON. */
  answer(status: number, body: string): void {
    this.response.writeHead(status, ['x-request-id', this.id, 'content-type', json, 'content-length', lengthOf(body)]);
    this.response.end(body);
  }

  fail(error: unknown, logger: Logger): void {
    const { status, headers, body } = errorAnswer(error, this.id, logger);
    this.response.writeHead(status, { 'x-request-id': this.id, ...headers, 'content-length': lengthOf(body) });
    this.response.end(body);
  }
}
