import { cursorPageOf, cursorQuery, endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { asset, assetContentType, assetStatus } from './asset.schema.js';

const shared = {
  service: 'gallery',
  method: 'GET',
  access: { kind: 'permission', permission: 'assets.read', scope: 'site' },
} as const;
const byId = z.object({ id: uuid });

export const listAssets = endpoint({
  ...shared,
  operationId: 'gallery.listAssets',
  path: '/api/v1/gallery/assets',
  summary: 'Files of the sites that this person may see',
  description: "With `album_id`, the album's files in its order, but for those in the trash and rejected ones; it goes with `limit` and `cursor` alone.",
  query: cursorQuery.extend({
    site_id: uuid.optional(),
    album_id: uuid.optional(),
    type: assetContentType.optional(),
    status: assetStatus.optional(),
    /** `-created_at` where unset. */
    sort: z.enum(['created_at', '-created_at']).optional(),
  }),
  success: { status: 200, description: 'Files', schema: cursorPageOf(asset) },
  errors: ['FORBIDDEN'],
});

export const getAsset = endpoint({
  ...shared,
  operationId: 'gallery.getAsset',
  path: '/api/v1/gallery/assets/{id}',
  summary: 'One file and its state',
  params: byId,
  success: { status: 200, description: 'The file', schema: asset, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const downloadAsset = endpoint({
  ...shared,
  operationId: 'gallery.downloadAsset',
  path: '/api/v1/gallery/assets/{id}/download',
  summary: 'Get a signed URL of a file that is ready',
  params: byId,
  query: z.strictObject({ disposition: z.enum(['attachment', 'inline']).default('attachment') }),
  success: {
    status: 200,
    description: 'A URL that works for a short time',
    schema: z.object({ url: z.string(), expires_at: isoDateTime }).meta({ id: 'SignedDownload' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
