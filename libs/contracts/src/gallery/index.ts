export * from './album.endpoints.js';
export * from './album.schema.js';
export * from './asset.endpoints.js';
export * from './asset-batch.endpoints.js';
export * from './asset-properties.schema.js';
export * from './asset.schema.js';
export * from './export.endpoints.js';
export * from './trash.endpoints.js';
export * from './settings.endpoints.js';
export * from './upload.endpoints.js';
export * from './usage.endpoints.js';
export * from './upload.schema.js';
export * from './share.endpoints.js';
export * from './share.schema.js';
export * from './upload.endpoints.js';
import * as albums from './album.endpoints.js';
import * as assets from './asset.endpoints.js';
import * as batches from './asset-batch.endpoints.js';
import * as exports from './export.endpoints.js';
import * as trash from './trash.endpoints.js';
import * as settings from './settings.endpoints.js';
import * as shares from './share.endpoints.js';
import * as uploads from './upload.endpoints.js';
import * as usage from './usage.endpoints.js';

export const galleryEndpoints = {
  createUpload: uploads.createUpload,
  signParts: uploads.signParts,
  listParts: uploads.listParts,
  signUploadRequest: uploads.signUploadRequest,
  completeUpload: uploads.completeUpload,
  abortUpload: uploads.abortUpload,
  listAssets: assets.listAssets,
  getAsset: assets.getAsset,
  updateAsset: assets.updateAsset,
  batchAssets: batches.batchAssets,
  downloadAsset: assets.downloadAsset,
  deleteAsset: trash.deleteAsset,
  restoreAsset: trash.restoreAsset,
  galleryUsage: usage.galleryUsage,
  setSiteQuota: usage.setSiteQuota,
  getSettings: settings.getGallerySettings,
  replaceSettings: settings.replaceGallerySettings,
  listAlbums: albums.listAlbums,
  createAlbum: albums.createAlbum,
  getAlbum: albums.getAlbum,
  updateAlbum: albums.updateAlbum,
  deleteAlbum: albums.deleteAlbum,
  addAlbumItems: albums.addAlbumItems,
  removeAlbumItems: albums.removeAlbumItems,
  orderAlbumItems: albums.orderAlbumItems,
  listShares: shares.listShares,
  createShare: shares.createShare,
  deleteShare: shares.deleteShare,
  viewShare: shares.viewShare,
  exportFiles: exports.exportFiles,
} as const;
