import type { AnswerHead } from './answer-head.js';
import type { Connection } from './connection.js';
import { LimitedBody, type OutgoingBody } from './request-body.js';

/** What becomes of a call. Nothing is told after the end or an error. */
export interface AnswerHandler {
  /** The head of the final answer; what comes before it (1xx) is dropped. */
  onHead(head: AnswerHead): void;
  /** A piece of the body, which is overwritten after this returns. False: no more until {@link Call.resume}. */
  onData(piece: Buffer): boolean;
  onEnd(): void;
  onError(error: Error): void;
}

/** A request to a service, under way or waiting for its connection. */
export class Call {
  /** The connection that it has. */
  connection: Connection | undefined;
  /** Its handler has been told the end, or will be in this turn. */
  isOver = false;

  constructor(
    readonly method: string,
    /** Request line and headers with the empty line at their end, one character a byte. */
    readonly head: string,
    readonly body: OutgoingBody,
    readonly handler: AnswerHandler,
  ) {
    // The client may leave before there is a connection to send to.
    if (body instanceof LimitedBody) body.on('error', (error: Error) => this.abort(error));
  }

  /** Ends it now, with its connection; the handler gets the reason. */
  abort(reason: Error): void {
    if (this.connection) return this.connection.fail(reason);
    if (this.isOver) return;
    this.isOver = true;
    if (this.body instanceof LimitedBody) this.body.destroy();
    this.handler.onError(reason);
  }

  resume(): void {
    this.connection?.resume();
  }
}

const illegalInHeader = /[^\t\x20-\x7e\x80-\xff]/;
const takesBody = new Set(['POST', 'PUT', 'PATCH']);

export interface RequestLine {
  readonly method: string;
  /** As the client sent it, checked. */
  readonly target: string;
  /** Of the service. */
  readonly host: string;
}

/** The bytes before a request's body. `headers` is a flat list; throws where a value would end its line. */
export function requestHead({ method, target, host }: RequestLine, headers: readonly string[], body: OutgoingBody, announced: string | undefined): string {
  let head = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1] ?? '';
    if (illegalInHeader.test(value)) throw new Error(`${headers[index]} can't be sent on`);
    head += `${headers[index]}: ${value}\r\n`;
  }
  // The framing is the gateway's own; it differs from the client's in nothing but chunk sizes.
  if (body === null) return takesBody.has(method) ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`;
  const length = Buffer.isBuffer(body) ? String(body.length) : announced;
  return `${head}${length === undefined ? 'transfer-encoding: chunked' : `content-length: ${length}`}\r\n\r\n`;
}
