import type { Metrics } from '@atrium/platform/telemetry';
import type { FastifyInstance } from 'fastify';
import { unknownPath } from '../answers/unknown-path.js';
import type { UpstreamHealth } from './upstream-health.js';

export interface HealthParts {
  readonly upstreams: UpstreamHealth;
  readonly metrics: Metrics;
  isDraining(): boolean;
}

/**
 * Readiness: 503 while draining or when no service is ready; otherwise 200 with the names of what is down, since a
 * gateway that lacks one service still serves the others, and taking it out would take them out too.
 */
async function readiness({ upstreams, isDraining }: HealthParts): Promise<{ status: string; down: readonly string[] }> {
  if (isDraining()) return { status: 'unavailable', down: ['draining'] };
  const down = await upstreams.down();
  if (down.length === 0) return { status: 'ok', down };
  return { status: down.length === upstreams.size ? 'unavailable' : 'degraded', down };
}

export function registerHealthRoutes(server: FastifyInstance, parts: HealthParts): void {
  server.get('/health/live', (_, reply) => reply.send({ status: 'ok' }));
  server.get('/health/ready', async (_, reply) => {
    const answer = await readiness(parts);
    return reply.status(answer.status === 'unavailable' ? 503 : 200).send(answer);
  });
  // Scrapers reach the process itself; what came through a balancer is from outside.
  server.get('/metrics', async (request, reply) => {
    if (request.headers['x-forwarded-for'] !== undefined) throw unknownPath();
    return reply.type(parts.metrics.contentType).send(await parts.metrics.text());
  });
}
