import { eventsEndpoints } from '@atrium/contracts/events';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { sendError } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Arrivals } from './arrivals.js';
import type { Origin } from './event-line.js';
import { IngestCaller } from './ingest-caller.js';
import { IngestService } from './ingest.service.js';
import { unfoldBody } from './unfold-body.js';

const { path, maxBodyBytes, success } = eventsEndpoints.ingestEvents;

// text/plain is what navigator.sendBeacon sends without asking the browser for leave first.
const mediaTypes = new Set(['application/json', 'text/plain', '']);

function requireMediaType(contentType: string | undefined): void {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypes.has(mediaType)) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json.');
}

/**
 * The hot path: a route on Fastify itself, past Nest's pipes and interceptors, for the body must be had as bytes.
 * Request ids, traces and the error envelope are those of every route.
 */
@Injectable()
export class IngestRoute implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(IngestCaller) private readonly caller: IngestCaller,
    @Inject(IngestService) private readonly service: IngestService,
    @Inject(Arrivals) private readonly arrivals: Arrivals,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    // A context of its own: its parsers are not those of the other routes.
    void server.register(async (scope) => this.register(scope));
  }

  private register(scope: FastifyInstance): void {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) => done(null, body));
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply, this.logger));
    scope.post(path, { bodyLimit: maxBodyBytes, onRequest: (request) => this.authenticate(request) }, async (request, reply) => {
      const answer = await this.ingest(request);
      return reply.status(success.status).send(answer);
    });
  }

  /** Before the body is read: strangers don't get to send one. */
  private async authenticate(request: FastifyRequest): Promise<void> {
    origins.set(request, await this.caller.identify(request));
    requireMediaType(request.headers['content-type']);
  }

  private async ingest(request: FastifyRequest) {
    const origin = origins.get(request);
    if (!origin) throw new Error('The request was not authenticated.');
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const unfolded = await unfoldBody(body, request.headers['content-encoding']);
    return this.service.ingest(unfolded, await this.arrivals.of(request, origin));
  }
}

const origins = new WeakMap<FastifyRequest, Origin>();
