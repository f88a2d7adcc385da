import { queues } from '@atrium/contracts/queues';
import { serviceModules } from '@atrium/platform/service';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Module } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import { AssetsController } from './assets/assets.controller.js';
import { AssetsRepository } from './assets/assets.repository.js';
import { AssetsService } from './assets/assets.service.js';
import type { GalleryConfig } from './config.js';
import { PresignedUrls } from './storage/presigned-urls.js';
import { UPLOAD_LIMITS } from './uploads/upload-limits.js';
import { UploadsController } from './uploads/uploads.controller.js';
import { UploadsService } from './uploads/uploads.service.js';

const presignedUrls = (config: GalleryConfig) => ({
  provide: PresignedUrls,
  useFactory: () =>
    PresignedUrls.create({
      region: config.AWS_REGION,
      publicEndpoint: config.S3_PUBLIC_ENDPOINT,
      forcePathStyle: config.S3_FORCE_PATH_STYLE,
      quarantineBucket: config.QUARANTINE_BUCKET,
      readyBucket: config.READY_BUCKET,
    }),
});

/** The API: intents, lists, signed URLs. Bytes never pass through it. */
@Module({})
export class GalleryModule {
  static forRoot(config: GalleryConfig): DynamicModule {
    return {
      module: GalleryModule,
      imports: [
        ...serviceModules(config, { service: 'gallery', inbox: queues.galleryInbox, entities: [AssetEntity] }),
        SiteDirectoryModule.forRoot({ service: 'gallery', usersUrl: config.USERS_URL }),
      ],
      controllers: [UploadsController, AssetsController],
      providers: [
        AssetsRepository,
        AssetsService,
        UploadsService,
        presignedUrls(config),
        { provide: UPLOAD_LIMITS, useValue: { maxBytes: config.MAX_UPLOAD_BYTES } },
      ],
    };
  }
}
