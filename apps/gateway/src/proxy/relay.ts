import { DomainError } from '@atrium/platform/errors';
import type { IncomingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import type { Gzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { apiContentPolicy, securityHeaders } from '../answers/security-headers.js';
import type { Waiting } from './deadlines.js';
import type { AdmittedExchange } from './exchange.js';
import { isCompressible, jsonGzip } from './json-compression.js';
import { discardBody } from './request-body.js';
import { outwardHeaders, varyOf } from './response-headers.js';
import type { Upstream } from './upstream.js';
import { tooLate } from './upstream-error.js';

export interface RelayOutcome {
  /** The answer's first byte has come; its status is known. */
  answered(status: number): void;
  /** No answer, and the client is still waiting for one. */
  failed(error: Error): void;
  /** Called once, whatever the end. */
  settled(): void;
}

/** Bytes. */
const maxSinglePiece = 16 * 1024;

/** Headers of a service's answer as the client gets them. */
function headersFor(exchange: AdmittedExchange, headers: IncomingHttpHeaders, compressed: boolean): string[] {
  const list = outwardHeaders(headers, exchange.endpoint.service);
  if (compressed) {
    const length = list.indexOf('content-length');
    if (length !== -1) list.splice(length, 2);
    list.push('content-encoding', 'gzip');
  }
  list.push('x-request-id', exchange.requestId, ...securityHeaders, ...exchange.corsHeaders, ...exchange.admitted.limitHeaders);
  if (headers['content-security-policy'] === undefined) list.push('content-security-policy', apiContentPolicy);
  // What a service says nothing about is for this caller, now.
  if (headers['cache-control'] === undefined) list.push('cache-control', 'no-store');
  list.push(...varyOf(headers, exchange.vary));
  return list;
}

/** Hands a service's answer to the client as it comes, no faster than the client takes it. */
export class Relay implements Dispatcher.DispatchHandler, Waiting {
  private controller: Dispatcher.DispatchController | undefined;
  private gzip: Gzip | undefined;
  /** Why the request is no longer wanted. */
  private ended: Error | undefined;
  private answered = false;
  /** Bytes of an answer that may come in one piece; 0 for any other. */
  private singlePiece = 0;
  private settledOnce = false;

  constructor(
    private readonly exchange: AdmittedExchange,
    private readonly upstream: Upstream,
    private readonly outcome: RelayOutcome,
  ) {
    upstream.answerDeadlines.watch(this);
    exchange.response.once('close', this.onClientClose);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.ended) controller.abort(this.ended);
  }

  /** A body that is still coming from the client is no fault of the service. */
  onBodySent(): void {
    if (!this.answered) this.upstream.answerDeadlines.watch(this);
  }

  late(): void {
    this.abort(tooLate(this.upstream.service));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    const { response, request } = this.exchange;
    this.answered = true;
    this.upstream.answerDeadlines.forget(this);
    this.outcome.answered(status);
    const compressed = request.method !== 'HEAD' && status !== 204 && status !== 304 && isCompressible(request.headers, headers);
    response.writeHead(status, headersFor(this.exchange, headers, compressed));
    const length = headers['content-length'];
    if (compressed) this.startCompression();
    // An answer whose body is long in coming (an event stream) begins with its headers.
    else if (length === undefined) response.flushHeaders();
    else this.singlePiece = Number(length) <= maxSinglePiece ? Number(length) : 0;
    this.upstream.pieceDeadlines.watch(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.exchange;
    this.upstream.pieceDeadlines.watch(this);
    // Text of one byte a character is joined to the headers: one plain write instead of a gathered one.
    if (this.singlePiece > 0 && chunk.length === this.singlePiece) response.end(chunk.toString('latin1'), 'latin1');
    else this.passOn(this.gzip ?? response, controller, chunk);
    this.singlePiece = 0;
  }

  /** While the client takes its time, no piece is due. */
  private passOn(sink: Writable, controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (sink.write(chunk)) return;
    controller.pause();
    this.upstream.pieceDeadlines.forget(this);
    sink.once('drain', () => {
      if (!this.settledOnce) this.upstream.pieceDeadlines.watch(this);
      controller.resume();
    });
  }

  onResponseEnd(): void {
    this.settle();
    if (this.gzip) this.gzip.end();
    else if (!this.exchange.response.writableEnded) this.exchange.response.end();
    // The service may have answered without reading all of the body.
    discardBody(this.exchange.request);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.settledOnce) return;
    this.settle();
    const { request, response } = this.exchange;
    if (response.destroyed || (request.destroyed && !request.complete)) return;
    // Half an answer is told by a broken connection, or it would pass for a whole one.
    if (response.headersSent) response.destroy();
    else this.outcome.failed(error);
  }

  private startCompression(): void {
    const { response } = this.exchange;
    const gzip = jsonGzip();
    this.gzip = gzip;
    gzip.on('data', (chunk: Buffer) => {
      if (!response.write(chunk)) gzip.pause();
    });
    gzip.on('end', () => response.end());
    gzip.on('error', () => response.destroy());
    response.on('drain', () => gzip.resume());
  }

  private readonly onClientClose = (): void => {
    if (this.exchange.response.writableFinished) return;
    this.gzip?.destroy();
    this.abort(clientGone());
  };

  /** Before the request has a connection, its turn comes first and ends at once. */
  private abort(reason: Error): void {
    this.ended = reason;
    if (this.controller) this.controller.abort(reason);
    else if (!this.exchange.response.destroyed) this.onResponseError(undefined, reason);
  }

  private settle(): void {
    if (this.settledOnce) return;
    this.settledOnce = true;
    this.upstream.answerDeadlines.forget(this);
    this.upstream.pieceDeadlines.forget(this);
    this.exchange.response.off('close', this.onClientClose);
    this.outcome.settled();
  }
}

const clientGone = (): Error => new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'the client left' });
