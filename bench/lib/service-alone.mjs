// A service's endpoints over HTTP without queues: for those that send nothing.
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
import { tellReady } from './processes.mjs';

const { Global, Module } = createRequire(new URL('../../libs/platform/package.json', import.meta.url))('@nestjs/common');

/** Whose tokens it takes. */
export const { jwksUrl, issuer, audience } = JSON.parse(process.env.BENCH_ISSUER);

/** Serves controllers on a free port, which it tells its parent. */
export async function serveAlone({ service, entities = [], imports = [], controllers, providers }) {
  function OutboxModule() {}
  Module({ providers: [{ provide: Outbox, useValue: new Outbox(service) }], exports: [Outbox] })(OutboxModule);
  Global()(OutboxModule);
  function BenchModule() {}
  Module({})(BenchModule);

  const module = {
    module: BenchModule,
    imports: [
      DatabaseModule.forRoot({ service, secretId: `atrium/${service}/database`, poolSize: 10, tls: 'off', entities }),
      AuthGuardModule.forRoot({
        jwksUrl,
        issuer,
        audience,
        revocations: { isRevoked: () => false, start: async () => undefined, stop: () => undefined },
      }),
      OutboxModule,
      AuditModule.forRoot(auditRecorded),
      ...imports,
    ],
    controllers,
    providers,
  };
  const runtime = {
    logger: createLogger({ service, level: 'error' }),
    metrics: createMetrics(service),
    secrets: new EnvironmentSecretsProvider(process.env),
    health: new HealthRegistry(),
  };
  const app = await createServiceApp(module, runtime, { trustedProxies: [] });
  await app.listen(0, '127.0.0.1');
  tellReady({ port: app.getHttpServer().address().port });
}
