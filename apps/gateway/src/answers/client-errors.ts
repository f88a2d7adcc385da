import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '@atrium/platform/errors';
import { envelopeOf, requestIdOf } from '@atrium/platform/http';
import { codeOf } from '../proxy/upstream-error.js';
import { answerError } from './error-answer.js';

interface Complaint {
  readonly status: string;
  readonly message: string;
}

const complaints: Readonly<Record<string, Complaint>> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', message: 'The request headers are too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: '413 Payload Too Large', message: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'The request took too long to arrive.' },
};
const malformed: Complaint = { status: '400 Bad Request', message: 'The request is not valid HTTP.' };

/** Connections that have had their answer, and may send until it has arrived. */
const ended = new WeakSet<Duplex>();
/** Milliseconds for which what still comes is thrown away: closing at once would reset the answer on its way. */
const lingerMs = 1_000;

/** Answers what never became a request, and ends the connection: what follows on it can't be told apart. */
export function answerClientError(error: Error, socket: Duplex): void {
  if (ended.has(socket)) return;
  if (codeOf(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = complaints[codeOf(error)] ?? malformed;
  const requestId = randomUUID();
  const body = JSON.stringify(envelopeOf(new DomainError('VALIDATION_ERROR', message), requestId));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-request-id: ${requestId}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  );
  ended.add(socket);
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/**
 * `Expect: 100-continue` is answered when the body is wanted (RFC 9110 §10.1.1), so the request goes the usual way
 * first; no other expectation is known.
 */
export function registerExpectations(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = new DomainError('VALIDATION_ERROR', 'This expectation is not supported.');
    answerError(response, requestIdOf(request), error, { status: 417 });
  });
}
