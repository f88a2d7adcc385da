import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DatabaseError } from 'pg';
import { type Listening, refuseForeignHosts } from '../loopback-only.js';
import { operations, type SqsContext } from './operations/index.js';
import { missingAuthentication, queueDoesNotExist, SqsError, unsupportedOperation } from './sqs-errors.js';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
// A batch of ten messages that is over SQS's limit must be answered as too long, not cut off; JSON escapes can double it.
const BODY_LIMIT_BYTES = 32 * 1_048_576;
const FOREIGN_KEY_VIOLATION = '23503';

/** SQS's JSON protocol (awsJson1_0, with the query protocol's error codes in a header) on `POST /`. */
export function createSqsHttp(context: SqsContext, onError: (error: Error) => void, listening: Listening): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES });
  refuseForeignHosts(app, listening);
  // Every operation reads the fields that it knows; to look through megabytes for other names protects nothing.
  app.addContentTypeParser(CONTENT_TYPE, { parseAs: 'string' }, app.getDefaultJsonParser('ignore', 'ignore'));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-amzn-requestid', randomUUID()).type(CONTENT_TYPE);
    if (request.headers.authorization === undefined) throw missingAuthentication();
  });
  // A caller whose poll is answered by the server's stop would otherwise keep its connection, and the stop, open.
  app.addHook('onSend', async (_request, reply) => {
    if (context.notifier.isClosed) reply.header('connection', 'close');
  });
  app.post('/', async (request, reply) => JSON.stringify(await dispatch(context, request, reply)));
  // SDKs may be told to use the queue's URL as the endpoint, path included.
  app.post('/:accountId/:queueName', async (request, reply) => JSON.stringify(await dispatch(context, request, reply)));
  app.setErrorHandler((error, _request, reply) => {
    const answer = toSqsError(error);
    if (answer.fault === 'Receiver') onError(error instanceof Error ? error : new Error(String(error)));
    void reply
      .status(answer.statusCode)
      .header('x-amzn-query-error', `${answer.queryCode};${answer.fault}`)
      .send(JSON.stringify({ __type: `com.amazonaws.sqs#${answer.shape}`, message: answer.message }));
  });
  return app;
}

async function dispatch(context: SqsContext, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const target = request.headers['x-amz-target'];
  const action = typeof target === 'string' ? target.replace(/^AmazonSQS\./, '') : '';
  const operation = operations.get(action);
  if (operation === undefined) throw unsupportedOperation(`The action '${action.slice(0, 100)}' is not supported here.`);
  return operation(context, request.body, callerLeaves(request.raw.socket, reply.raw));
}

/** Aborts when the caller closes its connection before it has an answer. */
function callerLeaves(socket: Socket, response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  // It may have been closed while the body was read; then no event follows.
  if (socket.destroyed || socket.readableEnded) leave();
  // The connection's end comes some turns of the event loop before its close.
  socket.once('end', leave);
  response.once('close', () => {
    socket.off('end', leave);
    // Not after an answer: an abort that nobody hears costs more than the parsing of a message.
    if (!response.writableFinished) leave();
  });
  return gone.signal;
}

function toSqsError(error: unknown): SqsError {
  if (error instanceof SqsError) return error;
  // The queue was deleted between the look-up and the INSERT.
  if (error instanceof DatabaseError && error.code === FOREIGN_KEY_VIOLATION) return queueDoesNotExist();
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return new SqsError('SerializationException', 'The request could not be read.', undefined, 400);
  return new SqsError('InternalFailure', 'The request failed inside the local SQS.', undefined, 500);
}
