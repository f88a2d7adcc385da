import type { Asset } from '@atrium/contracts/gallery';
import type { AssetEntity } from './asset.entity.js';

/** What the world sees of an asset; keys and ETags of objects stay inside. */
export const toAsset = (entity: AssetEntity): Asset => ({
  id: entity.id,
  site_id: entity.siteId,
  filename: entity.filename,
  content_type: entity.contentType,
  size: entity.size,
  sha256: entity.sha256,
  status: entity.status,
  rejection_reason: entity.rejectionReason,
  tags: entity.tags,
  metadata: entity.metadata,
  created_by: entity.createdBy,
  created_at: entity.createdAt.toISOString(),
  updated_at: entity.updatedAt.toISOString(),
});
