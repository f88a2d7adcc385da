import { gatewayConfig } from './config.js';
import { runGateway } from './run-gateway.js';

await runGateway(gatewayConfig, process.env);
