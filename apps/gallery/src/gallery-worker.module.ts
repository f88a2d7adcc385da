import { auditRecorded } from '@atrium/contracts/domain-events';
import { createS3Client } from '@atrium/platform/aws';
import { HealthRegistry } from '@atrium/platform/http';
import { dataModules } from '@atrium/platform/service';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import { AssetLifecycle } from './assets/asset-lifecycle.js';
import { AssetRepository } from './assets/asset.repository.js';
import type { GalleryWorkerConfig } from './config.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { PersonErasure } from './erasure/person-erasure.js';
import { ExpirySchedule, SWEEP_INTERVAL_MS } from './expiry/expiry-schedule.js';
import { OverdueUploads } from './expiry/overdue-uploads.js';
import { UploadExpiry } from './expiry/upload-expiry.js';
import { quotaProviders } from './quotas/quota.providers.js';
import { AssetObjects } from './storage/asset-objects.js';
import { QUARANTINE_BUCKET, UploadConsumer } from './verification/upload-consumer.js';
import { VerificationService } from './verification/verification.service.js';

const assetObjects = (config: GalleryWorkerConfig) => ({
  provide: AssetObjects,
  inject: [HealthRegistry],
  useFactory: async (health: HealthRegistry) => {
    const client = await createS3Client({ region: config.AWS_REGION, forcePathStyle: config.S3_FORCE_PATH_STYLE });
    const objects = new AssetObjects(client, {
      quarantineBucket: config.QUARANTINE_BUCKET,
      readyBucket: config.READY_BUCKET,
    });
    health.add('object-storage', () => objects.ping());
    return objects;
  },
});

/** The worker: verifies what was uploaded and ends what never came. */
@Module({})
export class GalleryWorkerModule implements OnApplicationShutdown {
  constructor(private readonly objects: AssetObjects) {}

  static forRoot(config: GalleryWorkerConfig): DynamicModule {
    return {
      module: GalleryWorkerModule,
      imports: dataModules(config, { service: 'gallery', audit: auditRecorded, entities: [AssetEntity] }),
      providers: [
        AssetRepository,
        AssetLifecycle,
        ...quotaProviders(config),
        VerificationService,
        UploadConsumer,
        OverdueUploads,
        UploadExpiry,
        ErasureRepository,
        PersonErasure,
        ExpirySchedule,
        assetObjects(config),
        { provide: QUARANTINE_BUCKET, useValue: config.QUARANTINE_BUCKET },
        { provide: SWEEP_INTERVAL_MS, useValue: config.UPLOAD_SWEEP_SECONDS * 1000 },
      ],
    };
  }

  onApplicationShutdown(): void {
    this.objects.close();
  }
}
