import type { ServiceName } from '@atrium/contract-kit';
import type { Call } from './call.js';
import { Connection, type ConnectionTimes } from './connection.js';
import { tooBusy, tooLate } from './upstream-error.js';

export interface UpstreamSettings {
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly idleTimeout: number;
  readonly maxInFlight: number;
}

/** Milliseconds an idle connection is kept: below the 72 s of the services, so that they don't close it first. */
const keepAliveTimeout = 30_000;
/** Milliseconds between two looks; how late a deadline may be noticed. A timer for each call would be its dearest part. */
const sweepMs = 100;

/** One service and the connections to it. Every request passes {@link dispatch}. */
export class Upstream {
  /** The service's authority, for `Host`. */
  readonly host: string;
  private readonly origin: URL;
  private readonly times: ConnectionTimes;
  private readonly sweepEach: number;
  private readonly connections = new Set<Connection>();
  /** The last to become free is the first to be taken, so that the others may end. */
  private readonly idle: Connection[] = [];
  private waiting: Call[] = [];
  private timer: NodeJS.Timeout | undefined;
  private inFlight = 0;

  constructor(
    readonly service: ServiceName,
    /** Base URL. */
    readonly url: string,
    private readonly settings: UpstreamSettings,
  ) {
    this.origin = new URL(url);
    this.host = this.origin.host;
    const { connectTimeout, headersTimeout, idleTimeout } = settings;
    this.times = { connect: connectTimeout, answer: headersTimeout, piece: idleTimeout, idle: keepAliveTimeout };
    this.sweepEach = Math.min(sweepMs, connectTimeout, headersTimeout, idleTimeout);
  }

  /** Throws UPSTREAM_UNAVAILABLE at once when too much is under way. The caller must {@link release} once. */
  acquire(): void {
    if (this.inFlight >= this.settings.maxInFlight) throw tooBusy(this.service);
    this.inFlight += 1;
  }

  release(): void {
    this.inFlight -= 1;
  }

  /**
   * Sends a call on its way in the next phase of the event loop: by then a connection that the service has closed, or
   * sends on unasked, has been noticed, where both came in the same turn.
   */
  dispatch(call: Call): void {
    if (this.waiting.push(call) === 1) setImmediate(this.assign);
  }

  /** Whether the service says that it is ready. */
  async isReady(timeoutMs: number): Promise<boolean> {
    try {
      const response = await fetch(new URL('/health/ready', this.origin), { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  /** Cuts what is still under way. */
  close(): void {
    const reason = new Error('the gateway stops');
    for (const call of this.waiting) call.abort(reason);
    for (const connection of this.connections) connection.fail(reason);
  }

  private readonly assign = (): void => {
    const calls = this.waiting;
    this.waiting = [];
    for (const call of calls) {
      if (!call.isOver) (this.idle.pop() ?? this.open()).start(call);
    }
  };

  private open(): Connection {
    const connection = new Connection(this.origin, this.times, {
      free: (one) => this.idle.push(one),
      closed: (one) => this.forget(one),
      tooLate: () => tooLate(this.service),
    });
    this.connections.add(connection);
    this.timer ??= setInterval(this.sweep, this.sweepEach).unref();
    return connection;
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
    if (this.connections.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private readonly sweep = (): void => {
    const now = performance.now();
    for (const connection of this.connections) connection.check(now);
  };
}
