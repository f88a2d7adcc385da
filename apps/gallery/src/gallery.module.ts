import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { DirectGuard } from '@atrium/platform/http';
import { serviceModules } from '@atrium/platform/service';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Module } from '@nestjs/common';
import { AlbumController } from './albums/album.controller.js';
import { albumProviders } from './albums/albums.providers.js';
import { AssetEntity } from './assets/asset.entity.js';
import { AssetTrashController } from './assets/asset-trash.controller.js';
import { AssetTrashService } from './assets/asset-trash.service.js';
import { AssetBatchService } from './assets/asset-batch.service.js';
import { AssetController } from './assets/asset.controller.js';
import { AssetListRepository } from './assets/asset-list.repository.js';
import { AssetLifecycle } from './assets/asset-lifecycle.js';
import { AssetTrash } from './assets/asset-trash.js';
import { AssetRepository } from './assets/asset.repository.js';
import { AssetService } from './assets/asset.service.js';
import { BatchDenials } from './assets/batch-denials.js';
import type { GalleryConfig } from './config.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { ErasureRequests } from './erasure/erasure-requests.js';
import { FileExportController } from './export/file-export.controller.js';
import { FileExportService } from './export/file-export.service.js';
import { quotaProviders } from './quotas/quota.providers.js';
import { UsageController } from './quotas/usage.controller.js';
import { UsageService } from './quotas/usage.service.js';
import { OrganizationEnd } from './removals/organization-end.js';
import { requestRemoval } from './removals/removal.repository.js';
import { SettingsController } from './settings/settings.controller.js';
import { SettingsRepository } from './settings/settings.repository.js';
import { SettingsService } from './settings/settings.service.js';
import { ShareController } from './shares/share.controller.js';
import { shareProviders } from './shares/shares.providers.js';
import { signingProviders } from './storage/signing.providers.js';
import { PartAssembly } from './uploads/part-assembly.js';
import { UploadAbortService } from './uploads/upload-abort.service.js';
import { UploadAccess } from './uploads/upload-access.js';
import { UploadBeginning } from './uploads/upload-beginning.js';
import { UploadCompletionService } from './uploads/upload-completion.service.js';
import { UploadGroups } from './uploads/upload-groups.js';
import { UPLOAD_LIMITS } from './uploads/upload-limits.js';
import { UploadOpener } from './uploads/upload-opener.js';
import { UploadRepository } from './uploads/upload.repository.js';
import { UploadRequestsService } from './uploads/upload-requests.service.js';
import { UploadController } from './uploads/upload.controller.js';
import { UploadRoute } from './uploads/upload.route.js';
import { UploadService } from './uploads/upload.service.js';

/** The API: intents, lists, signed URLs. Bytes never pass through it. */
@Module({})
export class GalleryModule {
  static forRoot(config: GalleryConfig): DynamicModule {
    return {
      module: GalleryModule,
      imports: [
        ...serviceModules(config, { service: 'gallery', inbox: queues.galleryInbox, audit: auditRecorded, entities: [AssetEntity] }),
        SiteDirectoryModule.forRoot({ service: 'gallery', usersUrl: config.USERS_URL, whenDeleted: requestRemoval }),
      ],
      controllers: [
        UploadController,
        AssetController,
        AssetTrashController,
        UsageController,
        FileExportController,
        SettingsController,
        AlbumController,
        ShareController,
      ],
      providers: [
        AssetBatchService,
        AssetListRepository,
        AssetRepository,
        AssetLifecycle,
        ...quotaProviders(config),
        AssetTrash,
        AssetTrashService,
        UsageService,
        AssetService,
        BatchDenials,
        ErasureRepository,
        ErasureRequests,
        OrganizationEnd,
        FileExportService,
        SettingsRepository,
        SettingsService,
        UploadService,
        DirectGuard,
        UploadRoute,
        UploadBeginning,
        UploadGroups,
        UploadRepository,
        UploadAccess,
        UploadOpener,
        PartAssembly,
        UploadCompletionService,
        UploadRequestsService,
        UploadAbortService,
        ...signingProviders(config),
        ...albumProviders,
        ...shareProviders({ publicUrl: config.PUBLIC_URL, limitScale: config.LIMIT_SCALE }),
        { provide: UPLOAD_LIMITS, useValue: { maxBytes: config.MAX_UPLOAD_BYTES } },
      ],
    };
  }
}
