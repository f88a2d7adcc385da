// The gallery's lists over HTTP, without queues and storage: lists send nothing.
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
import { SiteDirectoryModule } from '@atrium/site-directory';
import { AssetBatchService } from '../../apps/gallery/dist/assets/asset-batch.service.js';
import { AssetController } from '../../apps/gallery/dist/assets/asset.controller.js';
import { AssetEntity } from '../../apps/gallery/dist/assets/asset.entity.js';
import { AssetListRepository } from '../../apps/gallery/dist/assets/asset-list.repository.js';
import { AssetRepository } from '../../apps/gallery/dist/assets/asset.repository.js';
import { AssetService } from '../../apps/gallery/dist/assets/asset.service.js';
import { PresignedUrls } from '../../apps/gallery/dist/storage/presigned-urls.js';
import { tellReady } from '../lib/processes.mjs';

const { Global, Module } = createRequire(new URL('../../apps/gallery/package.json', import.meta.url))('@nestjs/common');

function OutboxModule() {}
Module({ providers: [{ provide: Outbox, useValue: new Outbox('gallery') }], exports: [Outbox] })(OutboxModule);
Global()(OutboxModule);
function BenchModule() {}
Module({})(BenchModule);

const { jwksUrl, issuer, audience } = JSON.parse(process.env.BENCH_ISSUER);
const module = {
  module: BenchModule,
  imports: [
    DatabaseModule.forRoot({ service: 'gallery', secretId: 'atrium/gallery/database', poolSize: 10, tls: 'off', entities: [AssetEntity] }),
    AuthGuardModule.forRoot({
      jwksUrl,
      issuer,
      audience,
      revocations: { isRevoked: () => false, start: async () => undefined, stop: () => undefined },
    }),
    OutboxModule,
    AuditModule.forRoot(auditRecorded),
    SiteDirectoryModule.forRoot({ service: 'gallery', usersUrl: issuer }),
  ],
  controllers: [AssetController],
  providers: [
    ...[AssetListRepository, AssetRepository, AssetService],
    { provide: AssetBatchService, useValue: {} },
    { provide: PresignedUrls, useValue: {} },
  ],
};
const runtime = {
  logger: createLogger({ service: 'gallery', level: 'error' }),
  metrics: createMetrics('gallery'),
  secrets: new EnvironmentSecretsProvider(process.env),
  health: new HealthRegistry(),
};
const app = await createServiceApp(module, runtime, { trustedProxies: [] });
await app.listen(0, '127.0.0.1');
tellReady({ port: app.getHttpServer().address().port });
