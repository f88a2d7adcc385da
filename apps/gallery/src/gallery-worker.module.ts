import { auditRecorded } from '@atrium/contracts/domain-events';
import { dataModules } from '@atrium/platform/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import type { GalleryWorkerConfig } from './config.js';
import { DueJob, REAPER_INTERVALS, ReconcileJob } from './reaper/reaper.jobs.js';
import { reaperProviders } from './reaper/reaper.providers.js';
import { QUARANTINE_BUCKET, UploadConsumer } from './verification/upload-consumer.js';
import { VerificationService } from './verification/verification.service.js';

/** The worker: verifies what was uploaded, and reaps what never came or is no longer wanted. */
@Module({})
export class GalleryWorkerModule {
  static forRoot(config: GalleryWorkerConfig): DynamicModule {
    return {
      module: GalleryWorkerModule,
      imports: dataModules(config, { service: 'gallery', audit: auditRecorded, entities: [AssetEntity] }),
      providers: [
        ...reaperProviders(config),
        VerificationService,
        UploadConsumer,
        DueJob,
        ReconcileJob,
        { provide: QUARANTINE_BUCKET, useValue: config.QUARANTINE_BUCKET },
        { provide: REAPER_INTERVALS, useValue: { due: config.UPLOAD_SWEEP_SECONDS * 1000, reconcile: config.RECONCILE_SECONDS * 1000 } },
      ],
    };
  }
}
