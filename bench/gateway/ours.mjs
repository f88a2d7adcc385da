// The gateway as it is: every token verified and checked for revocation, every request counted in shared state.
import 'reflect-metadata';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import { createGateway, gatewayConfig } from '@atrium/gateway';
import { tellReady } from '../lib/processes.mjs';

const config = gatewayConfig.parse(process.env);
startTelemetry({ service: 'gateway' });
const gateway = await createGateway(config, {
  logger: createLogger({ service: 'gateway', level: 'info' }),
  metrics: createMetrics('gateway'),
  secrets: new EnvironmentSecretsProvider(process.env),
});
await gateway.listen();
tellReady({ port: gateway.server.server.address().port });
