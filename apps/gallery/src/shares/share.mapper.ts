import type { Share } from '@atrium/contracts/gallery';
import type { ShareRow } from './share.repository.js';

export const toShare = (row: ShareRow): Share => ({
  id: row.id,
  site_id: row.site_id,
  asset_id: row.asset_id,
  album_id: row.album_id,
  has_password: row.has_password,
  expires_at: row.expires_at.toISOString(),
  views: Number(row.views),
  last_viewed_at: row.last_viewed_at?.toISOString() ?? null,
  created_by: row.created_by,
  created_at: row.created_at.toISOString(),
});
