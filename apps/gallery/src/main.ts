import { runService } from '@atrium/platform/http';
import { galleryConfig } from './config.js';
import { GalleryModule } from './gallery.module.js';

await runService({ service: 'gallery', config: galleryConfig, module: (config) => GalleryModule.forRoot(config) }, process.env);
