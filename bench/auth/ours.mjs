// Auth as it is; with BENCH_WITHOUT_HASH it takes every password, which shows what all the rest of a sign-in costs.
import 'reflect-metadata';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import { AuthModule } from '../../apps/auth/dist/auth.module.js';
import { authConfig } from '../../apps/auth/dist/config.js';
import { PasswordHasher } from '../../apps/auth/dist/passwords/password-hasher.js';
import { tellReady } from '../lib/processes.mjs';

if (process.env.BENCH_WITHOUT_HASH) PasswordHasher.prototype.verify = async () => true;
const config = authConfig.parse(process.env);
startTelemetry({ service: 'auth' });
const runtime = {
  logger: createLogger({ service: 'auth', level: config.LOG_LEVEL }),
  metrics: createMetrics('auth'),
  secrets: new SecretsManagerProvider({ region: config.AWS_REGION }),
  health: new HealthRegistry(),
};
const app = await createServiceApp(AuthModule.forRoot(config), runtime, { trustedProxies: [] });
await app.listen({ port: 0, host: '127.0.0.1' });
tellReady({ port: app.getHttpServer().address().port });
