import type { EndpointDefinition, ServiceName } from '@atrium/contract-kit';
import type { Logger } from '@atrium/platform/logging';

interface Minute {
  requests: number;
  /** Answered 5xx, by the service or in its place. */
  errors: number;
  /** Answered after more than a second; more than one in twenty is a p95 above it. */
  slow: number;
}

const slowMs = 1_000;

/**
 * A line a minute for each service that had requests: alarms of single services are made of these, since nothing else
 * between the gateway and them counts requests. Answers that last by their nature (streams, files) are never slow.
 */
export class ServiceMinutes {
  private readonly minutes = new Map<ServiceName, Minute>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly logger: Logger,
    everyMs = 60_000,
  ) {
    this.timer = setInterval(() => this.tell(), everyMs).unref();
  }

  count({ service, success }: Pick<EndpointDefinition, 'service' | 'success'>, status: number, milliseconds: number): void {
    let minute = this.minutes.get(service);
    if (!minute) this.minutes.set(service, (minute = { requests: 0, errors: 0, slow: 0 }));
    minute.requests += 1;
    if (status >= 500) minute.errors += 1;
    if (milliseconds > slowMs && status < 400 && !success.stream && !success.file) minute.slow += 1;
  }

  /** The last minute's rest is told too. */
  stop(): void {
    clearInterval(this.timer);
    this.tell();
  }

  private tell(): void {
    for (const [service, minute] of this.minutes) this.logger.info({ traffic: { service, ...minute } }, 'requests of a minute');
    this.minutes.clear();
  }
}
