import type { EndpointDefinition, InputOf, OutputOf } from '@atrium/contract-kit';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AccessDoor } from '../auth-guard/access-door.js';
import { SingleEffects } from '../database/single-effects.js';
import { sendError } from './error.filter.js';
import { type AuthorizedRequest, inputOf } from './input.decorator.js';

export interface DirectRoute<E extends EndpointDefinition> {
  readonly definition: E;
  handle(input: InputOf<E>): Promise<OutputOf<E>>;
  /** For the answer where all goes well. */
  readonly headers: Readonly<Record<string, string>>;
}

type Handle = (definition: EndpointDefinition, request: AuthorizedRequest, work: () => Promise<unknown>) => Promise<unknown>;

/** What guards and interceptors do before and after other endpoints, for those that are served directly. */
@Injectable()
export class DirectGuard {
  constructor(
    private readonly door: AccessDoor,
    private readonly effects: SingleEffects,
  ) {}

  /** Admits the request, runs its work once per Idempotency-Key, and reports what its policies deny: as Nest has it, in its order. */
  readonly handle: Handle = async (definition, request, work) => {
    await this.door.admit(definition, request);
    try {
      return await (this.effects.isKeyed(definition, request) ? this.effects.run(definition, request, work) : work());
    } catch (error) {
      this.door.report(error, definition, request);
      throw error;
    }
  };
}

/** What only Nest's interceptors do, nobody would do here; a token and a key only the guard looks at. */
function requireServable({ operationId, access, idempotent, ifMatch, params, success }: EndpointDefinition, isGuarded: boolean): void {
  const { etag, file, stream, status, schema } = success;
  const isPlain = !params && !ifMatch && !etag && !file && !stream && (status === 200 || status === 201) && schema;
  const isOpen = access.kind === 'public' && !idempotent;
  const isServable = isPlain && (isOpen || (isGuarded && access.kind !== 'write-key' && access.kind !== 'oauth'));
  if (!isServable) throw new Error(`${operationId} can't be served directly: it needs more than is done there.`);
}

/**
 * Serves an endpoint of JSON on Fastify itself, past Nest's guards, pipes and interceptors: for the hottest paths.
 * Validation, request ids, traces and the error envelope are those of every endpoint; tokens and Idempotency-Keys are the
 * guard's. Throws for an endpoint that demands more than is done here.
 */
export function serveDirectly<const E extends EndpointDefinition>(
  server: FastifyInstance, route: DirectRoute<E>, logger: Logger, guard?: DirectGuard,
): void {
  const { definition, headers } = route;
  requireServable(definition, guard !== undefined);
  const answer = async (request: FastifyRequest): Promise<unknown> => {
    const work = async (): Promise<unknown> => route.handle(inputOf(definition, request));
    return guard ? guard.handle(definition, request, work) : work();
  };
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    answer(request).then(
      (body) => reply.status(definition.success.status).headers(headers).send(body),
      (error: unknown) => sendError(error, request, reply, logger),
    );
  };
  const { method, path: url } = definition;
  server.route({ method, url, handler, errorHandler: (error, request, reply) => sendError(error, request, reply, logger) });
}
