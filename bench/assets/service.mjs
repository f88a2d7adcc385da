// The gallery's lists, without storage.
import { SiteDirectoryModule } from '@atrium/site-directory';
import { AlbumContents } from '../../apps/gallery/dist/albums/album-contents.js';
import { AssetBatchService } from '../../apps/gallery/dist/assets/asset-batch.service.js';
import { AssetController } from '../../apps/gallery/dist/assets/asset.controller.js';
import { AssetEntity } from '../../apps/gallery/dist/assets/asset.entity.js';
import { AssetListRepository } from '../../apps/gallery/dist/assets/asset-list.repository.js';
import { AssetRepository } from '../../apps/gallery/dist/assets/asset.repository.js';
import { AssetService } from '../../apps/gallery/dist/assets/asset.service.js';
import { DownloadSigner } from '../../apps/gallery/dist/storage/download-signer.js';
import { issuer, serveAlone } from '../lib/service-alone.mjs';

await serveAlone({
  service: 'gallery',
  entities: [AssetEntity],
  imports: [SiteDirectoryModule.forRoot({ service: 'gallery', usersUrl: issuer })],
  controllers: [AssetController],
  providers: [
    ...[AssetListRepository, AssetRepository, AssetService],
    { provide: AssetBatchService, useValue: {} },
    { provide: AlbumContents, useValue: {} },
    { provide: DownloadSigner, useValue: {} },
  ],
});
