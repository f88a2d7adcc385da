import type { EndpointDefinition } from '@atrium/contract-kit';
import { toDomainError } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { openSpan, SpanKind } from '@atrium/platform/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../admission/admission.js';
import { carriedWriteKey } from '../admission/carried-write-key.js';
import type { KeyReputation } from '../admission/key-reputation.js';
import { LimitReachedError } from '../admission/limiter.js';
import type { CorsPolicy } from '../answers/cors.js';
import { answerError } from '../answers/error-answer.js';
import type { Traffic } from '../observability/traffic.js';
import type { AdmittedExchange, Exchange } from './exchange.js';
import { Forwarder } from './forwarder.js';
import { discardBody } from './request-body.js';
import type { Upstream } from './upstream.js';
import { codeOf } from './upstream-error.js';

export interface GatewayParts {
  readonly admission: Admission;
  readonly keys: KeyReputation;
  readonly cors: CorsPolicy;
  readonly traffic: Traffic;
  readonly logger: Logger;
  readonly upstreams: ReadonlyMap<EndpointDefinition['service'], Upstream>;
}

const varyByEncoding = ['Accept-Encoding'];
const varyByOriginToo = ['Accept-Encoding', 'Origin'];

/** The way of a request to an endpoint: admitted, forwarded, answered, counted. */
export class Gateway {
  private readonly forwarder: Forwarder;

  constructor(private readonly parts: GatewayParts) {
    this.forwarder = new Forwarder(parts.upstreams, {
      answered: (exchange, status) => this.learnOfWriteKey(exchange, status),
      failed: (exchange, error) => {
        if (error.code !== 'PAYLOAD_TOO_LARGE') parts.traffic.upstreamFailed(exchange.endpoint.service, error, exchange.requestId);
        this.refuse(exchange, error, exchange.admitted.limitHeaders);
      },
    });
  }

  /** Takes the answer out of the framework's hands. */
  handle(endpoint: EndpointDefinition, request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const exchange = this.open(endpoint, request, reply);
    exchange.response.once('close', () => this.parts.traffic.finished(exchange));
    void this.pass(exchange);
  }

  private open(endpoint: EndpointDefinition, request: FastifyRequest, reply: FastifyReply): Exchange {
    const { headers } = request.raw;
    const traceparent = headers['traceparent'];
    return {
      endpoint,
      request: request.raw,
      response: reply.raw,
      requestId: request.id,
      address: request.ip,
      span: openSpan(endpoint.operationId, {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, 'http.route': endpoint.path },
        parent: typeof traceparent === 'string' ? { traceparent } : {},
      }),
      startedAt: performance.now(),
      corsHeaders: this.parts.cors.headersFor(headers, endpoint),
      vary: this.parts.cors.varies(endpoint) ? varyByOriginToo : varyByEncoding,
    };
  }

  private async pass(exchange: Exchange): Promise<void> {
    let limitHeaders: readonly string[] = [];
    try {
      const { endpoint, request, address } = exchange;
      const found = carriedWriteKey(endpoint, request);
      const carried = found instanceof Promise ? await found : found;
      const admitted = await this.parts.admission.admit(endpoint, request, address, carried.writeKey);
      limitHeaders = admitted.limitHeaders;
      await this.forwarder.forward({ ...exchange, admitted, carried });
    } catch (error) {
      // The client left: nobody waits for an answer.
      if (codeOf(error) === 'CLIENT_GONE') return;
      this.refuse(exchange, error, error instanceof LimitReachedError ? error.headers : limitHeaders);
    }
  }

  private refuse(exchange: Exchange, error: unknown, limitHeaders: readonly string[]): void {
    const domainError = toDomainError(error);
    if (domainError.code === 'INTERNAL') this.parts.logger.error({ err: domainError, request_id: exchange.requestId }, 'request failed');
    const headers = [...exchange.corsHeaders, ...limitHeaders, 'vary', exchange.vary.join(', ')];
    answerError(exchange.response, exchange.requestId, domainError, { headers, oauth: exchange.endpoint.access.kind === 'oauth' });
    discardBody(exchange.request);
  }

  private learnOfWriteKey({ admitted }: AdmittedExchange, status: number): void {
    const { writeKeyHash, addressKey } = admitted.caller;
    if (writeKeyHash !== undefined) void this.parts.keys.learn(status, writeKeyHash, addressKey);
  }
}
