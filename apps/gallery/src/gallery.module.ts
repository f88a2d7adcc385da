import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { serviceModules } from '@atrium/platform/service';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Module } from '@nestjs/common';
import { AlbumController } from './albums/album.controller.js';
import { albumProviders } from './albums/albums.providers.js';
import { AssetEntity } from './assets/asset.entity.js';
import { AssetController } from './assets/asset.controller.js';
import { AssetRepository } from './assets/asset.repository.js';
import { AssetService } from './assets/asset.service.js';
import type { GalleryConfig } from './config.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { ErasureRequests } from './erasure/erasure-requests.js';
import { OrganizationEnd } from './erasure/organization-end.js';
import { FileExportController } from './export/file-export.controller.js';
import { FileExportService } from './export/file-export.service.js';
import { ShareController } from './shares/share.controller.js';
import { shareProviders } from './shares/shares.providers.js';
import { PresignedUrls } from './storage/presigned-urls.js';
import { UPLOAD_LIMITS } from './uploads/upload-limits.js';
import { UploadController } from './uploads/upload.controller.js';
import { UploadService } from './uploads/upload.service.js';

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
        ...serviceModules(config, { service: 'gallery', inbox: queues.galleryInbox, audit: auditRecorded, entities: [AssetEntity] }),
        SiteDirectoryModule.forRoot({ service: 'gallery', usersUrl: config.USERS_URL }),
      ],
      controllers: [UploadController, AssetController, FileExportController, AlbumController, ShareController],
      providers: [
        AssetRepository,
        AssetService,
        ErasureRepository,
        ErasureRequests,
        OrganizationEnd,
        FileExportService,
        UploadService,
        ...albumProviders,
        ...shareProviders({ publicUrl: config.PUBLIC_URL, limitScale: config.LIMIT_SCALE }),
        presignedUrls(config),
        { provide: UPLOAD_LIMITS, useValue: { maxBytes: config.MAX_UPLOAD_BYTES } },
      ],
    };
  }
}
