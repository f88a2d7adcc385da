import type { EndpointDefinition } from '@atrium/contract-kit';
import { authEndpoints, providerEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { toDomainError } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { CurrentProvider } from './current-provider.js';
import { keepForm } from './form-body.js';
import { InteractionRoutes } from './interaction.routes.js';

/** Bytes. */
const bodyLimit = 65_536;
const urlOf = ({ path }: EndpointDefinition): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Puts the provider beside the service's own routes, in a corner where bodies are forms. It answers by itself, down to
 * the error's form; the guard of the other routes doesn't stand before it, since client apps prove themselves by OAuth.
 */
@Injectable()
export class ProviderMount implements OnModuleInit {
  private readonly host: string;
  private readonly protocol: string;

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly provider: CurrentProvider,
    private readonly interactions: InteractionRoutes,
    @Inject(AUTH_CONFIG) { TOKEN_ISSUER }: Pick<AuthConfig, 'TOKEN_ISSUER'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { host, protocol } = new URL(TOKEN_ISSUER);
    this.host = host;
    this.protocol = protocol.slice(0, -1);
  }

  /** Not awaited: that would boot the server before Nest has set the error handler of the other routes. */
  onModuleInit(): void {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    void server.register(async (scope) => this.routes(scope));
  }

  private routes(scope: FastifyInstance): void {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (request, body, done) => {
      keepForm(request.raw, body);
      done(null);
    });
    scope.setErrorHandler((error, _request, reply) => this.fail(error, reply));
    for (const definition of providerEndpoints) {
      this.route(scope, definition, (request, reply) => this.provider.handle(request.raw, reply.raw));
    }
    this.route(scope, authEndpoints.interactionPage, (request, reply) => this.interactions.show(request, reply));
    this.route(scope, authEndpoints.interactionLogin, (request, reply) => this.interactions.login(request, reply));
    this.route(scope, authEndpoints.interactionSecondFactor, (request, reply) => this.interactions.secondFactor(request, reply));
    this.route(scope, authEndpoints.interactionConsent, (request, reply) => this.interactions.consent(request, reply));
  }

  private route(scope: FastifyInstance, definition: EndpointDefinition, handle: Handler): void {
    scope.route({
      method: definition.method,
      url: urlOf(definition),
      handler: async (request, reply) => {
        // The library builds addresses from these: they are the configured ones, whatever the request says.
        Object.assign(request.raw.headers, { host: this.host, 'x-forwarded-host': this.host, 'x-forwarded-proto': this.protocol });
        reply.hijack();
        reply.raw.setHeader('x-request-id', request.id);
        await handle(request, reply);
      },
    });
  }

  /** In OAuth's form (RFC 6749 §5.2), also for what never got to the library. */
  private fail(error: unknown, reply: FastifyReply): void {
    const { status, message } = toDomainError(error);
    if (status >= 500) this.logger.error({ err: error }, 'request failed');
    const body = { error: status < 500 ? 'invalid_request' : 'server_error', error_description: message };
    void reply.status(status).header('cache-control', 'no-store').send(body);
  }
}
