export * from './album.endpoints.js';
export * from './album.schema.js';
export * from './asset.endpoints.js';
export * from './asset.schema.js';
export * from './export.endpoints.js';
export * from './share.endpoints.js';
export * from './share.schema.js';
export * from './upload.endpoints.js';
import * as albums from './album.endpoints.js';
import * as assets from './asset.endpoints.js';
import * as exports from './export.endpoints.js';
import * as shares from './share.endpoints.js';
import * as uploads from './upload.endpoints.js';

export const galleryEndpoints = {
  createUpload: uploads.createUpload,
  completeUpload: uploads.completeUpload,
  listAssets: assets.listAssets,
  getAsset: assets.getAsset,
  downloadAsset: assets.downloadAsset,
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
