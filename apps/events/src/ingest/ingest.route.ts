import { eventsEndpoints, type IngestAnswer } from '@atrium/contracts/events';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { bytesOf, registerDirectly, sendError, takeBytes } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Arrivals } from './arrivals.js';
import type { Origin } from './event-line.js';
import { IngestCaller } from './ingest-caller.js';
import { IngestService } from './ingest.service.js';
import { unfoldBody } from './unfold-body.js';

const originOf = Symbol('OriginOfEvents');
declare module 'fastify' {
  interface FastifyRequest {
    [originOf]?: Origin;
  }
}

const { path, maxBodyBytes, success } = eventsEndpoints.ingestEvents;

// text/plain is what navigator.sendBeacon sends without asking the browser for leave first.
const mediaTypes = new Set(['application/json', 'text/plain', '']);

function requireMediaType(contentType: string | undefined): void {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!mediaTypes.has(mediaType)) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json.');
}

/**
 * What {@link EarlyIngest} leaves: a route on Fastify itself, past Nest's pipes and interceptors, for the body must be had as
 * bytes. Request ids, traces and the error envelope are those of every route.
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
    registerDirectly(this.host, this.logger, (scope) => this.register(scope));
  }

  private register(scope: FastifyInstance): void {
    takeBytes(scope, maxBodyBytes);
    scope.decorateRequest(originOf, undefined);
    scope.post(path, { bodyLimit: maxBodyBytes, onRequest: this.authenticate }, this.handle);
  }

  /** Before the body is read: strangers don't get to send one. Without a promise where the write key is known. */
  private readonly authenticate = (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    const admit = (origin: Origin): void => {
      request[originOf] = origin;
      requireMediaType(request.headers['content-type']);
    };
    try {
      const origin = this.caller.identify(request);
      if (origin instanceof Promise) return void origin.then(admit).then(() => done(), done);
      admit(origin);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    done();
  };

  private readonly handle = (request: FastifyRequest, reply: FastifyReply): void => {
    this.ingest(request).then(
      (answer) => reply.status(success.status).send(answer),
      (error: unknown) => sendError(error, request, reply, this.logger),
    );
  };

  private ingest(request: FastifyRequest): Promise<IngestAnswer> {
    try {
      const origin = request[originOf];
      if (!origin) throw new Error('The request was not authenticated.');
      const unfolded = unfoldBody(bytesOf(request), request.headers['content-encoding']);
      const arrival = this.arrivals.of(request, origin);
      if (!(unfolded instanceof Promise || arrival instanceof Promise)) return this.service.ingest(unfolded, arrival);
      return Promise.all([unfolded, arrival]).then(([whole, known]) => this.service.ingest(whole, known));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
