import type { Versioned } from '@atrium/contract-kit';
import type { Album } from '@atrium/contracts/gallery';
import type { AlbumRow } from './album.repository.js';

export const toAlbum = (row: AlbumRow): Album => ({
  id: row.id,
  site_id: row.site_id,
  name: row.name,
  description: row.description,
  cover_asset_id: row.cover_asset_id,
  created_by: row.created_by,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const toVersionedAlbum = (row: AlbumRow): Versioned<Album> => ({ version: row.version, body: toAlbum(row) });
