import { runService } from '@atrium/platform/http';
import { galleryWorkerConfig } from './config.js';
import { GalleryWorkerModule } from './gallery-worker.module.js';

await runService(
  {
    service: 'gallery',
    role: 'worker',
    config: galleryWorkerConfig,
    module: (config) => GalleryWorkerModule.forRoot(config),
  },
  process.env,
);
