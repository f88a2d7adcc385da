import { DomainError } from '@atrium/platform/errors';
import type { Writable } from 'node:stream';
import type { Gzip } from 'node:zlib';
import { apiContentPolicy, securityHeaders } from '../answers/security-headers.js';
import { type AnswerHead, fieldOf } from './answer-head.js';
import type { AnswerHandler, Call } from './call.js';
import type { AdmittedExchange } from './exchange.js';
import { isCompressible, jsonGzip } from './json-compression.js';
import { discardBody, hasLeft } from './request-body.js';
import { outwardHeaders, varyOf } from './response-headers.js';

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
function headersFor(exchange: AdmittedExchange, headers: readonly string[], compressed: boolean): string[] {
  const list = outwardHeaders(headers, exchange.endpoint.service);
  if (compressed) {
    const length = list.indexOf('content-length');
    if (length !== -1) list.splice(length, 2);
    list.push('content-encoding', 'gzip');
  }
  list.push('x-request-id', exchange.requestId, ...securityHeaders, ...exchange.corsHeaders, ...exchange.admitted.limitHeaders);
  if (fieldOf(headers, 'content-security-policy') === undefined) list.push('content-security-policy', apiContentPolicy);
  // What a service says nothing about is for this caller, now.
  if (fieldOf(headers, 'cache-control') === undefined) list.push('cache-control', 'no-store');
  list.push(...varyOf(headers, exchange.vary));
  return list;
}

/** Hands a service's answer to the client as it comes, no faster than the client takes it. */
export class Relay implements AnswerHandler {
  private call: Call | undefined;
  private gzip: Gzip | undefined;
  /** Bytes of an answer that may come in one piece; 0 for any other. */
  private singlePiece = 0;
  private settledOnce = false;
  private waitsForClient = false;

  constructor(
    private readonly exchange: AdmittedExchange,
    private readonly outcome: RelayOutcome,
  ) {}

  /** The call whose answer is handed on: it ends with the client. */
  follow(call: Call): void {
    const { request } = this.exchange;
    this.call = call;
    request.socket.once('close', this.onClientClose);
    if (hasLeft(request)) this.onClientClose();
  }

  onHead({ status, headers, framing }: AnswerHead): void {
    const { response, request } = this.exchange;
    this.outcome.answered(status);
    const compressed = request.method !== 'HEAD' && status !== 204 && status !== 304 && isCompressible(request.headers, headers);
    response.writeHead(status, headersFor(this.exchange, headers, compressed));
    if (compressed) this.startCompression();
    // An answer whose body is long in coming (an event stream) begins with its headers.
    else if (typeof framing !== 'number') response.flushHeaders();
    else this.singlePiece = framing <= maxSinglePiece ? framing : 0;
  }

  onData(piece: Buffer): boolean {
    const { singlePiece } = this;
    this.singlePiece = 0;
    // Text of one byte a character is joined to the headers: one plain write instead of a gathered one.
    if (singlePiece === 0 || piece.length !== singlePiece) return this.passOn(this.gzip ?? this.exchange.response, Buffer.from(piece));
    this.exchange.response.end(piece.toString('latin1'), 'latin1');
    return true;
  }

  private passOn(sink: Writable, piece: Buffer): boolean {
    if (sink.write(piece)) return true;
    if (!this.waitsForClient) sink.once('drain', this.onDrain);
    this.waitsForClient = true;
    return false;
  }

  private readonly onDrain = (): void => {
    this.waitsForClient = false;
    this.call?.resume();
  };

  onEnd(): void {
    this.settle();
    if (this.gzip) this.gzip.end();
    else if (!this.exchange.response.writableEnded) this.exchange.response.end();
    // The service may have answered without reading all of the body.
    discardBody(this.exchange.request);
  }

  onError(error: Error): void {
    this.settle();
    const { request, response } = this.exchange;
    if (response.destroyed || hasLeft(request)) return;
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
    response.once('close', () => gzip.destroy());
  }

  private readonly onClientClose = (): void => {
    this.gzip?.destroy();
    this.call?.abort(clientGone());
  };

  private settle(): void {
    if (this.settledOnce) return;
    this.settledOnce = true;
    this.call = undefined;
    this.exchange.request.socket.off('close', this.onClientClose);
    this.outcome.settled();
  }
}

const clientGone = (): Error => new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'the client left' });
