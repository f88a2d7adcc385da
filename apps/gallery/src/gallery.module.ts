import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { serviceModules } from '@atrium/platform/service';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Module } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import { AssetController } from './assets/asset.controller.js';
import { AssetRepository } from './assets/asset.repository.js';
import { AssetService } from './assets/asset.service.js';
import type { GalleryConfig } from './config.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { ErasureRequests } from './erasure/erasure-requests.js';
import { FileExportController } from './export/file-export.controller.js';
import { FileExportService } from './export/file-export.service.js';
import { storageProviders } from './storage/storage-providers.js';
import { PartAssembly } from './uploads/part-assembly.js';
import { UploadAbortService } from './uploads/upload-abort.service.js';
import { UploadAccess } from './uploads/upload-access.js';
import { UploadCompletionService } from './uploads/upload-completion.service.js';
import { UPLOAD_LIMITS } from './uploads/upload-limits.js';
import { UploadOpener } from './uploads/upload-opener.js';
import { UploadRepository } from './uploads/upload.repository.js';
import { UploadRequestsService } from './uploads/upload-requests.service.js';
import { UploadController } from './uploads/upload.controller.js';
import { UploadService } from './uploads/upload.service.js';

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
      controllers: [UploadController, AssetController, FileExportController],
      providers: [
        AssetRepository,
        AssetService,
        ErasureRepository,
        ErasureRequests,
        FileExportService,
        UploadService,
        UploadRepository,
        UploadAccess,
        UploadOpener,
        PartAssembly,
        UploadCompletionService,
        UploadRequestsService,
        UploadAbortService,
        ...storageProviders(config),
        { provide: UPLOAD_LIMITS, useValue: { maxBytes: config.MAX_UPLOAD_BYTES } },
      ],
    };
  }
}
