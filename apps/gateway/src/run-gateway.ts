import { ConfigError, type Environment, parseConfig } from '@atrium/platform/config';
import { onShutdown } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import type { gatewayConfig } from './config.js';
import { createGateway } from './gateway-app.js';

/** Runs the gateway until SIGTERM or SIGINT; exits with 1 and one clear message when it can't start. */
export async function runGateway(schema: typeof gatewayConfig, environment: Environment): Promise<void> {
  try {
    await start(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else createLogger({ service: 'gateway', level: 'fatal' }).fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}

async function start(schema: typeof gatewayConfig, environment: Environment): Promise<void> {
  const config = parseConfig('gateway', schema, environment);
  const logger = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  const telemetry = startTelemetry({ service: 'gateway', otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const runtime = { logger, metrics: createMetrics('gateway'), secrets: new SecretsManagerProvider({ region: config.AWS_REGION }) };
  const gateway = await createGateway(config, runtime);
  logger.info({ address: await gateway.listen() }, 'started');
  onShutdown(async (reason) => {
    logger.info({ reason }, 'stopping');
    await gateway.stop();
    await telemetry.shutdown();
  });
}
