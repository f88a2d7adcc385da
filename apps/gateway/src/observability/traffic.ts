import type { ServiceName } from '@atrium/contract-kit';
import type { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import type { Metrics } from '@atrium/platform/telemetry';
import type { Exchange } from '../proxy/exchange.js';
import type { ServiceMinutes } from './service-minutes.js';

interface Observer {
  observe(seconds: number): void;
}

/**
 * Metrics and the access log. One line a request: 5xx as a warning, 4xx as information, all else for debugging, since
 * a line costs more than the rest of the gateway's work on a small request.
 */
export class Traffic {
  private readonly durations;
  private readonly failures;
  /** Label look-ups are the dearer part of a metric. */
  private readonly observers = new Map<string, Observer>();

  constructor(
    metrics: Metrics,
    private readonly logger: Logger,
    private readonly minutes: ServiceMinutes,
  ) {
    this.durations = metrics.histogram({
      name: 'gateway_request_duration_seconds',
      help: 'From the request to the end of its answer, by operation, method and status',
      labels: ['operation', 'method', 'status'],
    });
    this.failures = metrics.counter({
      name: 'gateway_upstream_failures_total',
      help: 'Requests that a service did not answer, by service and error code',
      labels: ['service', 'code'],
    });
  }

  /** Once the answer has gone or the client has. */
  finished(exchange: Exchange): void {
    const { endpoint, request, response, startedAt, span } = exchange;
    const status = response.headersSent ? response.statusCode : 499;
    const milliseconds = performance.now() - startedAt;
    this.observer(endpoint.operationId, request.method ?? '', status).observe(milliseconds / 1000);
    this.minutes.count(endpoint, status, milliseconds);
    span.span.setAttribute('http.response.status_code', status);
    span.end(status >= 500 ? new Error(`HTTP ${status}`) : undefined);
    const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
    if (!this.logger.isLevelEnabled(level)) return;
    this.logger[level](
      {
        request_id: exchange.requestId,
        trace_id: span.span.spanContext().traceId,
        method: request.method,
        route: endpoint.path,
        status,
        ms: Math.round(milliseconds * 10) / 10,
      },
      'request',
    );
  }

  upstreamFailed(service: ServiceName, error: DomainError, requestId: string): void {
    this.failures.inc({ service, code: error.code });
    this.logger.warn({ request_id: requestId, service, code: error.code, detail: error.detail }, 'service did not answer');
  }

  private observer(operation: string, method: string, status: number): Observer {
    const key = `${operation} ${method} ${status}`;
    let observer = this.observers.get(key);
    if (!observer) {
      observer = this.durations.labels({ operation, method, status: String(status) });
      this.observers.set(key, observer);
    }
    return observer;
  }
}
