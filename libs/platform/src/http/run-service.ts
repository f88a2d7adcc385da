import type { ServiceName } from '@atrium/contract-kit';
import type { DynamicModule, Type } from '@nestjs/common';
import type { z } from 'zod';
import { type Environment, parseConfig, type ProcessConfig } from '../config/index.js';
import { createLogger, exitWithReason } from '../logging/index.js';
import { SecretsManagerProvider } from '../secrets/index.js';
import { createMetrics, startTelemetry } from '../telemetry/index.js';
import { HealthRegistry } from './health.js';
import { createServiceApp } from './service-app.js';
import { onShutdown } from './shutdown.js';

export interface ServiceDefinition<S extends z.ZodType<ProcessConfig>> {
  readonly service: ServiceName;
  /** `worker` for a second process of a service. */
  readonly role?: 'api' | 'worker';
  readonly config: S;
  module(config: z.output<S>): Type | DynamicModule;
}

/**
 * Runs one process of the platform: reads its configuration, starts it, and stops it in order on SIGTERM or SIGINT.
 * Exits with 1 and one clear message when it can't start.
 */
export async function runService<S extends z.ZodType<ProcessConfig>>(
  definition: ServiceDefinition<S>,
  environment: Environment,
): Promise<void> {
  try {
    await start(definition, environment);
  } catch (error) {
    exitWithReason(error, definition.service, 'could not start');
  }
}

async function start<S extends z.ZodType<ProcessConfig>>(
  definition: ServiceDefinition<S>,
  environment: Environment,
): Promise<void> {
  const name = definition.role === 'worker' ? `${definition.service}-worker` : definition.service;
  const config: z.output<S> = parseConfig(name, definition.config, environment);
  const logger = createLogger({ service: name, level: config.LOG_LEVEL });
  const telemetry = startTelemetry({ service: name, otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const health = new HealthRegistry();
  const runtime = { logger, metrics: createMetrics(name), secrets: new SecretsManagerProvider({ region: config.AWS_REGION }), health };
  const app = await createServiceApp(definition.module(config), runtime, { trustedProxies: config.TRUSTED_PROXIES });
  await app.listen({ port: config.PORT, host: config.HOST });
  logger.info({ address: await app.getUrl() }, 'started');
  onShutdown(async (reason) => {
    logger.info({ reason }, 'stopping');
    health.startDraining();
    await new Promise((resolve) => setTimeout(resolve, config.DRAIN_DELAY_MS));
    await app.close();
    await telemetry.shutdown();
  });
}
