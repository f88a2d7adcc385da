import type { Asset } from '@atrium/contracts/gallery';
import type { AssetEntity } from './asset.entity.js';

/** As it was declared, unless metadata was removed. */
const storedOf = ({ readyKey, size, sha256, storedSize, storedSha256 }: AssetEntity): Pick<Asset, 'stored_size' | 'stored_sha256'> =>
  readyKey === null
    ? { stored_size: null, stored_sha256: null }
    : { stored_size: storedSize ?? size, stored_sha256: storedSha256 ?? sha256 };

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
  ...storedOf(entity),
  width: entity.width,
  height: entity.height,
  frames: entity.frames,
  placeholder: entity.placeholder,
  dominant_color: entity.dominantColor,
  derivatives: entity.derivatives ?? [],
  created_by: entity.createdBy,
  created_at: entity.createdAt.toISOString(),
  updated_at: entity.updatedAt.toISOString(),
});
