import type { EndpointDefinition, InputOf, OutputOf } from '@atrium/contract-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendError } from './error.filter.js';
import { inputOf } from './input.decorator.js';

export interface DirectRoute<E extends EndpointDefinition> {
  readonly definition: E;
  handle(input: InputOf<E>): Promise<OutputOf<E>>;
  /** For the answer where all goes well. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What guards and interceptors do for other endpoints nobody would do here. */
function requireNothingElse({ operationId, access, idempotent, ifMatch, success }: EndpointDefinition): void {
  const { etag, file, stream, status, schema } = success;
  const isPlain = access.kind === 'public' && !idempotent && !ifMatch && !etag && !file && !stream && status === 200 && schema;
  if (!isPlain) throw new Error(`${operationId} can't be served directly: it needs more than validation.`);
}

/**
 * Serves a public endpoint of JSON on Fastify itself, past Nest's guards, pipes and interceptors: for the hottest paths.
 * Validation, request ids, traces and the error envelope are those of every endpoint. Throws for one that demands more.
 */
export function serveDirectly<const E extends EndpointDefinition>(server: FastifyInstance, route: DirectRoute<E>, logger: Logger): void {
  const { definition, headers } = route;
  requireNothingElse(definition);
  const answer = async (request: FastifyRequest): Promise<OutputOf<E>> => route.handle(inputOf(definition, request));
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    answer(request).then(
      (body) => reply.status(definition.success.status).headers(headers).send(body),
      (error: unknown) => sendError(error, request, reply, logger),
    );
  };
  const { method, path: url } = definition;
  server.route({ method, url, handler, errorHandler: (error, request, reply) => sendError(error, request, reply, logger) });
}
