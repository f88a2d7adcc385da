import type { FastifyInstance } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';

export interface DrainSettings {
  /** Milliseconds between readiness turning false and the listener closing, so that balancers notice. */
  readonly delayMs: number;
  /** Milliseconds for what is under way, such as event streams that never end. */
  readonly timeoutMs: number;
}

/** Milliseconds between two sweeps of connections whose last request has been answered. */
const sweepMs = 50;

/** Closes the listener and waits for what is under way; what outlasts the timeout is cut. */
export async function drain(server: FastifyInstance, { delayMs, timeoutMs }: DrainSettings): Promise<void> {
  await delay(delayMs);
  // Closing sweeps once; connections that were busy then are kept alive afterwards.
  const sweep = setInterval(() => server.server.closeIdleConnections(), sweepMs);
  const deadline = setTimeout(() => server.server.closeAllConnections(), timeoutMs);
  try {
    await server.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
