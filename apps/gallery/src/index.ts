export { galleryConfig, galleryWorkerConfig } from './config.js';
export { GalleryModule } from './gallery.module.js';
export { GalleryWorkerModule } from './gallery-worker.module.js';
export { galleryMigrations } from './migrations/index.js';
