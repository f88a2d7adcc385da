import { maxBodyBytesOf, type ServiceName } from '@atrium/contract-kit';
import type { DomainError } from '@atrium/platform/errors';
import { traceparentOf } from '../observability/trace-parent.js';
import { Call, requestHead } from './call.js';
import type { AdmittedExchange } from './exchange.js';
import { Relay } from './relay.js';
import { assertPresent, LimitedBody, type OutgoingBody, outgoingBody } from './request-body.js';
import { inwardHeaders } from './request-headers.js';
import { isBrokenConnection, upstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.js';

export interface ForwardEvents {
  /** The service's answer has begun. */
  answered(exchange: AdmittedExchange, status: number): void;
  /** There is no answer of the service; the client waits for ours. */
  failed(exchange: AdmittedExchange, error: DomainError): void;
}

/** A request as the service gets it. */
interface Outgoing {
  readonly head: string;
  readonly body: OutgoingBody;
}

/** Sends admitted requests to their service. */
export class Forwarder {
  constructor(
    private readonly upstreams: ReadonlyMap<ServiceName, Upstream>,
    private readonly events: ForwardEvents,
  ) {}

  /** Resolves when the request is on its way; what becomes of it is told to the events. Throws DomainError. */
  async forward(exchange: AdmittedExchange): Promise<void> {
    const { endpoint, request, response } = exchange;
    const upstream = this.upstreamOf(endpoint.service);
    assertPresent(request);
    if (request.headers.expect !== undefined) response.writeContinue();
    // Before a place among those under way is taken: who sends slowly holds none.
    const body = exchange.carried.body ?? (await outgoingBody(request, maxBodyBytesOf(endpoint)));
    this.attempt(upstream, exchange, this.acquire(upstream, exchange, body), request.method === 'GET' || request.method === 'HEAD');
  }

  private acquire(upstream: Upstream, exchange: AdmittedExchange, body: OutgoingBody): Outgoing {
    try {
      const head = headOf(exchange, body, upstream.host);
      upstream.acquire();
      return { head, body };
    } catch (error) {
      if (body instanceof LimitedBody) body.destroy();
      throw error;
    }
  }

  private attempt(upstream: Upstream, exchange: AdmittedExchange, outgoing: Outgoing, retry: boolean): void {
    const relay = new Relay(exchange, {
      answered: (status) => this.events.answered(exchange, status),
      settled: () => upstream.release(),
      failed: (error) => {
        // Reading twice does no harm, and a connection that broke before any byte may have been an idle one at its end.
        if (retry && isBrokenConnection(error)) return this.again(upstream, exchange, outgoing);
        this.events.failed(exchange, upstreamError(upstream.service, error));
      },
    });
    const call = new Call(exchange.request.method ?? 'GET', outgoing.head, outgoing.body, relay);
    relay.follow(call);
    upstream.dispatch(call);
  }

  private again(upstream: Upstream, exchange: AdmittedExchange, outgoing: Outgoing): void {
    try {
      upstream.acquire();
    } catch (error) {
      return this.events.failed(exchange, upstreamError(upstream.service, error instanceof Error ? error : new Error(String(error))));
    }
    this.attempt(upstream, exchange, outgoing, false);
  }

  private upstreamOf(service: ServiceName): Upstream {
    const upstream = this.upstreams.get(service);
    if (!upstream) throw new Error(`no upstream for ${service}`);
    return upstream;
  }
}

function headOf(exchange: AdmittedExchange, body: OutgoingBody, host: string): string {
  const { request, requestId, address, span, endpoint, admitted, carried } = exchange;
  const headers = inwardHeaders(request.headers, {
    requestId,
    address,
    traceparent: traceparentOf(span.span.spanContext()),
    authorization: endpoint.access.kind !== 'public',
    accessToken: admitted.caller.accessToken,
    writeKey: carried.writeKey,
  });
  return requestHead({ method: request.method ?? 'GET', target: request.url ?? '/', host }, headers, body, request.headers['content-length']);
}
