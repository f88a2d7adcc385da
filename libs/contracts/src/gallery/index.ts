export * from './asset.endpoints.js';
export * from './asset.schema.js';
export * from './export.endpoints.js';
export * from './settings.endpoints.js';
export * from './upload.endpoints.js';
import * as assets from './asset.endpoints.js';
import * as exports from './export.endpoints.js';
import * as settings from './settings.endpoints.js';
import * as uploads from './upload.endpoints.js';

export const galleryEndpoints = {
  createUpload: uploads.createUpload,
  completeUpload: uploads.completeUpload,
  listAssets: assets.listAssets,
  getAsset: assets.getAsset,
  downloadAsset: assets.downloadAsset,
  getSettings: settings.getGallerySettings,
  replaceSettings: settings.replaceGallerySettings,
  exportFiles: exports.exportFiles,
} as const;
