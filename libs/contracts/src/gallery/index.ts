export * from './asset.endpoints.js';
export * from './asset.schema.js';
export * from './export.endpoints.js';
export * from './upload.endpoints.js';
export * from './upload.schema.js';
import * as assets from './asset.endpoints.js';
import * as exports from './export.endpoints.js';
import * as uploads from './upload.endpoints.js';

export const galleryEndpoints = {
  createUpload: uploads.createUpload,
  signParts: uploads.signParts,
  listParts: uploads.listParts,
  signUploadRequest: uploads.signUploadRequest,
  completeUpload: uploads.completeUpload,
  abortUpload: uploads.abortUpload,
  listAssets: assets.listAssets,
  getAsset: assets.getAsset,
  downloadAsset: assets.downloadAsset,
  exportFiles: exports.exportFiles,
} as const;
