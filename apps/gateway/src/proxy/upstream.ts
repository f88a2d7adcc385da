import type { ServiceName } from '@atrium/contract-kit';
import { type Dispatcher, Pool } from 'undici';
import { Deadlines } from './deadlines.js';
import { tooBusy } from './upstream-error.js';

export interface UpstreamSettings {
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly idleTimeout: number;
  readonly maxInFlight: number;
}

/** Milliseconds an idle connection is kept: below the 72 s of the services, so that they don't close it first. */
const keepAliveTimeout = 30_000;

/** One service and the connections to it. Every request passes {@link dispatch}, which decides whether it may go. */
export class Upstream {
  private readonly pool: Pool;
  /** Until an answer's first byte. */
  readonly answerDeadlines: Deadlines;
  /** Between two pieces of an answer. */
  readonly pieceDeadlines: Deadlines;
  private inFlight = 0;

  constructor(
    readonly service: ServiceName,
    /** Base URL. */
    readonly url: string,
    private readonly settings: UpstreamSettings,
  ) {
    this.pool = new Pool(new URL(url).origin, {
      connect: { timeout: settings.connectTimeout },
      // The deadlines below take their place: the client's own make two timers for each request.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout,
      pipelining: 1,
    });
    this.answerDeadlines = new Deadlines(settings.headersTimeout);
    this.pieceDeadlines = new Deadlines(settings.idleTimeout);
  }

  /** Throws UPSTREAM_UNAVAILABLE at once when too much is under way. The caller must {@link release} once. */
  acquire(): void {
    if (this.inFlight >= this.settings.maxInFlight) throw tooBusy(this.service);
    this.inFlight += 1;
  }

  release(): void {
    this.inFlight -= 1;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.pool.dispatch(options, handler);
  }

  /** Whether the service says that it is ready. */
  async isReady(timeoutMs: number): Promise<boolean> {
    try {
      const { statusCode, body } = await this.pool.request({
        path: '/health/ready',
        method: 'GET',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  /** Cuts what is still under way. */
  close(): Promise<void> {
    return this.pool.destroy();
  }
}
