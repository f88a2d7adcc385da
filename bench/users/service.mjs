// The users service over HTTP, without queues: lists send nothing.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditModule } from '@atrium/platform/audit';
import { AuthGuardModule } from '@atrium/platform/auth-guard';
import { DatabaseModule } from '@atrium/platform/database';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { createMetrics } from '@atrium/platform/telemetry';
import { SERVICE_URLS } from '../../apps/users/dist/people/export-sources.js';
import { usersControllers, usersProviders } from '../../apps/users/dist/users.providers.js';
import { tellReady } from '../lib/processes.mjs';

const { Global, Module } = createRequire(new URL('../../apps/users/package.json', import.meta.url))('@nestjs/common');

function OutboxModule() {}
Module({ providers: [{ provide: Outbox, useValue: new Outbox('users') }], exports: [Outbox] })(OutboxModule);
Global()(OutboxModule);
function BenchModule() {}
Module({})(BenchModule);

const { jwksUrl, issuer, audience } = JSON.parse(process.env.BENCH_ISSUER);
const module = {
  module: BenchModule,
  imports: [
    DatabaseModule.forRoot({ service: 'users', secretId: 'atrium/users/database', poolSize: 10, tls: 'off' }),
    AuthGuardModule.forRoot({
      jwksUrl,
      issuer,
      audience,
      revocations: { isRevoked: () => false, start: async () => undefined, stop: () => undefined },
    }),
    OutboxModule,
    AuditModule.forRoot(auditRecorded),
  ],
  controllers: usersControllers,
  providers: [...usersProviders, { provide: SERVICE_URLS, useValue: { auth: issuer, gallery: issuer, events: issuer } }],
};
const runtime = {
  logger: createLogger({ service: 'users', level: 'error' }),
  metrics: createMetrics('users'),
  secrets: new EnvironmentSecretsProvider(process.env),
  health: new HealthRegistry(),
};
const app = await createServiceApp(module, runtime, { trustedProxies: [] });
await app.listen(0, '127.0.0.1');
tellReady({ port: app.getHttpServer().address().port });
