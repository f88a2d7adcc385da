import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/index.js';

/** Resolves when the dependency works; its error is logged, its name shown. */
export type HealthCheck = () => Promise<unknown>;

const checkTimeoutMs = 2_000;

/** What readiness depends on. Modules add their dependency when they start. */
@Injectable()
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private draining = false;

  add(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** From now on the process is not ready, so that balancers stop sending before it stops listening. */
  startDraining(): void {
    this.draining = true;
  }

  /** Names of what is down; empty when ready. */
  async down(): Promise<string[]> {
    if (this.draining) return ['draining'];
    const results = await Promise.all([...this.checks].map(async ([name, check]) => ((await passes(check)) ? [] : [name])));
    return results.flat();
  }
}

async function passes(check: HealthCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('health check timed out')), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Liveness says that the process turns; readiness that it can work, naming what it can't reach. */
export function registerHealthRoutes(server: FastifyInstance, health: HealthRegistry, metrics: Metrics): void {
  server.get('/health/live', (_, reply) => reply.send({ status: 'ok' }));
  server.get('/health/ready', async (_, reply) => {
    const down = await health.down();
    return reply.status(down.length === 0 ? 200 : 503).send({ status: down.length === 0 ? 'ok' : 'unavailable', down });
  });
  server.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
