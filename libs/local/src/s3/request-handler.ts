import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { corsHeaders, preflightHeaders } from './cors.js';
import type { Exchange, S3Response, S3Services } from './exchange.js';
import { isPostUpload, postObject } from './operations/post-object.js';
import { S3Error } from './protocol/s3-error.js';
import { readS3Request, type S3Request } from './protocol/s3-request.js';
import { routeOperation } from './router.js';
import { verifySigV4 } from './signing/sigv4-verifier.js';

/** A refused upload is read to its end up to this many bytes, so that its client gets to see the answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 ** 2;

export type ReportFailure = (line: string) => void;

/** Answers one HTTP request: preflight, form upload or signed operation; errors in S3's XML. Never rejects. */
export async function handleRequest(
  message: IncomingMessage,
  response: ServerResponse,
  services: S3Services,
  report: ReportFailure,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const hostId = randomBytes(48).toString('base64');
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amz-id-2', hostId);
  response.setHeader('Server', 'AmazonS3');
  let request: S3Request | undefined;
  try {
    request = readS3Request(message);
    const rule = services.cors.get(request.bucket ?? '');
    setHeaders(response, corsHeaders(rule, request.headers.get('origin'), request.method));
    const body = (): IncomingMessage => {
      if (message.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
      return message;
    };
    const sourceIp = message.socket.remoteAddress ?? '127.0.0.1';
    await send(response, message, await answer({ request, services, requestId, hostId, sourceIp, body }));
  } catch (error) {
    await sendError(response, message, toS3Error(error, message, requestId, report), request?.path ?? '/', requestId, hostId);
  }
}

async function answer(exchange: Exchange): Promise<S3Response> {
  const { request, services } = exchange;
  if (request.method === 'OPTIONS') {
    return { status: 200, headers: preflightHeaders(services.cors.get(request.bucket ?? ''), request.headers) };
  }
  if (isPostUpload(request)) return postObject(exchange);
  const payloadHash = verifySigV4(request, services.signing, services.now());
  return routeOperation(request)({ ...exchange, payloadHash });
}

async function send(response: ServerResponse, message: IncomingMessage, { status, headers, body }: S3Response): Promise<void> {
  response.statusCode = status;
  if (typeof body === 'string') response.setHeader('content-type', 'application/xml');
  setHeaders(response, headers ?? {});
  discardRest(response, message);
  if (body === undefined || typeof body === 'string') {
    response.end(body);
    return;
  }
  // A client that leaves in the middle of a download is its own business.
  await pipeline(body, response).catch(() => response.destroy());
}

async function sendError(
  response: ServerResponse,
  message: IncomingMessage,
  error: S3Error,
  resource: string,
  requestId: string,
  hostId: string,
): Promise<void> {
  if (response.headersSent) return void response.destroy();
  const body = message.method === 'HEAD' ? undefined : error.toXml(resource, requestId, hostId);
  await send(response, message, { status: error.status, headers: error.headers, body });
}

/** What the answer leaves unread of the body must go somewhere; more than a little of it ends the connection. */
function discardRest(response: ServerResponse, message: IncomingMessage): void {
  if (message.complete) return;
  const length = Number(message.headers['content-length'] ?? Number.NaN);
  const halfRead = message.listenerCount('readable') > 0;
  const waits = message.headers.expect !== undefined;
  if (halfRead || waits || !(length <= MAX_DISCARDED_BYTES)) response.setHeader('connection', 'close');
  message.unpipe();
  message.resume();
}

function toS3Error(error: unknown, message: IncomingMessage, requestId: string, report: ReportFailure): S3Error {
  if (error instanceof S3Error) return error;
  if (message.destroyed && !message.complete) return new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
  report(`S3 request ${requestId} failed: ${error instanceof Error ? error.message : String(error)}`);
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.');
}

function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
