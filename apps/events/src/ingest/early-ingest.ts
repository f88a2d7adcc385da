import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { eventsEndpoints } from '@atrium/contracts/events';
import { LOGGER } from '@atrium/platform/context';
import { CLIENT_ADDRESS, type ClientAddress, EarlyExchange, takeEarly } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Arrivals } from './arrivals.js';
import type { Origin } from './event-line.js';
import { IngestCaller } from './ingest-caller.js';
import { IngestService } from './ingest.service.js';

const { method, path, maxBodyBytes, success } = eventsEndpoints.ingestEvents;
const plainJson = /^application\/json(?:; ?charset=utf-8)?$/i;

/** Bytes of a body that is JSON as it comes, of known and allowed length; undefined for what Fastify has to look at. */
function plainLength(headers: IncomingHttpHeaders): number | undefined {
  const { 'content-length': contentLength, 'content-type': contentType, 'content-encoding': encoding } = headers;
  const length = Number(contentLength);
  const isPlain = encoding === undefined && contentType !== undefined && plainJson.test(contentType);
  return isPlain && length > 0 && length <= maxBodyBytes ? length : undefined;
}

/**
 * The hot path: what most requests are, plain JSON with a write key that was seen lately, is answered before Fastify.
 * {@link IngestRoute} serves everything else, and says all that is to be said against it.
 */
@Injectable()
export class EarlyIngest implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(IngestCaller) private readonly caller: IngestCaller,
    @Inject(IngestService) private readonly service: IngestService,
    @Inject(Arrivals) private readonly arrivals: Arrivals,
    @Inject(CLIENT_ADDRESS) private readonly addressOf: ClientAddress,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    takeEarly(this.host.httpAdapter.getInstance<FastifyInstance>(), this.take);
  }

  private readonly take = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url !== path || request.method !== method) return false;
    const length = plainLength(request.headers);
    const origin = length === undefined ? undefined : this.caller.known(request.headers);
    if (length === undefined || !origin || origin.judging) return false;
    const exchange = new EarlyExchange(request, response, path);
    exchange.context.orgId = origin.orgId;
    exchange.readBody(length, (body) => this.ingest(exchange, origin, body));
    return true;
  };

  private ingest(exchange: EarlyExchange, origin: Origin, body: Buffer): void {
    const fail = (error: unknown): void => exchange.fail(error, this.logger);
    try {
      const { request, id } = exchange;
      const arrival = this.arrivals.of({ id, ip: this.addressOf(request), headers: request.headers }, origin);
      const answered = arrival instanceof Promise ? arrival.then((known) => this.service.ingest(body, known)) : this.service.ingest(body, arrival);
      answered.then((answer) => exchange.answer(success.status, JSON.stringify(answer)), fail);
    } catch (error) {
      fail(error);
    }
  }
}
