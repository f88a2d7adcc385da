// Auth as it is. While told to leave hashes out it takes every password: to be warmed by more sign-ins than hashes allow in
// the time, and to show what all the rest of a sign-in costs (BENCH_WITHOUT_HASH).
import 'reflect-metadata';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import { AuthModule } from '../../apps/auth/dist/auth.module.js';
import { authConfig } from '../../apps/auth/dist/config.js';
import { PasswordHasher } from '../../apps/auth/dist/passwords/password-hasher.js';
import { tellReady } from '../lib/processes.mjs';

const { verify } = PasswordHasher.prototype;
let withoutHash = Boolean(process.env.BENCH_WITHOUT_HASH);
PasswordHasher.prototype.verify = function (...parameters) {
  return withoutHash ? Promise.resolve(true) : verify.apply(this, parameters);
};
process.on('message', (message) => {
  withoutHash = message.withoutHash;
  process.send({ withoutHash });
});
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
