import { eventsEndpoints as endpoints, type SegmentAnswer } from '@atrium/contracts/events';
import { LOGGER } from '@atrium/platform/context';
import { bytesOf, registerDirectly, takeBytes } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Arrivals } from '../ingest/arrivals.js';
import type { Origin } from '../ingest/event-line.js';
import { IngestCaller } from '../ingest/ingest-caller.js';
import { IngestService } from '../ingest/ingest.service.js';
import { unfoldBody } from '../ingest/unfold-body.js';
import { readSegmentBody } from './read-segment-body.js';
import type { EventType } from './segment-message.js';

const calls = [
  ['track', endpoints.segmentTrack],
  ['identify', endpoints.segmentIdentify],
  ['page', endpoints.segmentPage],
  ['screen', endpoints.segmentScreen],
  ['group', endpoints.segmentGroup],
  ['alias', endpoints.segmentAlias],
  ['batch', endpoints.segmentBatch],
] as const;
const { maxBodyBytes, success } = endpoints.segmentBatch;

/** Segment's HTTP tracking API, on the way of all events. Any media type is taken: SDKs in browsers say text/plain. */
@Injectable()
export class SegmentRoute implements OnModuleInit {
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
    for (const [type, { path, aliases }] of calls) {
      for (const url of [path, ...aliases]) {
        scope.post(url, { bodyLimit: maxBodyBytes, onRequest: (request) => this.identify(request) }, async (request, reply) =>
          reply.status(success.status).send(await this.ingest(request, type)),
        );
      }
    }
  }

  /** Before the body is read: strangers don't get to send one. */
  private async identify(request: FastifyRequest): Promise<void> {
    origins.set(request, await this.caller.identify(request));
  }

  private async ingest(request: FastifyRequest, type: EventType | 'batch'): Promise<SegmentAnswer> {
    const origin = origins.get(request);
    if (!origin) throw new Error('The request was not authenticated.');
    const unfolded = await unfoldBody(bytesOf(request), request.headers['content-encoding']);
    const answer = await this.service.ingest(unfolded, await this.arrivals.of(request, origin), (bytes) => readSegmentBody(bytes, type, origin));
    return { success: true, ...answer };
  }
}

const origins = new WeakMap<FastifyRequest, Origin>();
