import { cursorPageOf, cursorQuery, endpoint, isoDateTime, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { assetMetadata, assetTag, assetTags } from './asset-properties.schema.js';
import { asset, assetContentType, assetFilename, assetStatus, derivativeWidth } from './asset.schema.js';

const shared = {
  service: 'gallery',
  method: 'GET',
  access: { kind: 'permission', permission: 'assets.read', scope: 'site' },
} as const;
const byId = z.object({ id: uuid });
const bytes = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const assetSort = z.enum(['created_at', '-created_at', 'name', '-name', 'size', '-size']);
export type AssetSort = z.output<typeof assetSort>;

export const listAssets = endpoint({
  ...shared,
  operationId: 'gallery.listAssets',
  path: '/api/v1/gallery/assets',
  summary: 'Files of the sites that this person may see',
  description:
    '`q` finds files that have a word beginning with each of its words, in the name or a tag; case and accents make no difference. ' +
    '`tag` is a whole tag, in any case. `from` and `to` bound the time of creation, and `min_size` and `max_size` the bytes; only `to` is not included. ' +
    'Files in the trash are shown by `status=trashed` alone. By name means without case and accents. ' +
    "With `album_id`, the album's files in its order, but for those in the trash and rejected ones; it goes with `limit` and `cursor` alone.",
  query: cursorQuery.extend({
    site_id: uuid.optional(),
    album_id: uuid.optional(),
    q: z.string().trim().min(1).max(100).optional(),
    tag: assetTag.optional(),
    type: assetContentType.optional(),
    status: assetStatus.optional(),
    from: isoDateTimeWithOffset.optional(),
    to: isoDateTimeWithOffset.optional(),
    min_size: bytes.optional(),
    max_size: bytes.optional(),
    /** `-created_at` where unset. */
    sort: assetSort.optional(),
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

export const updateAsset = endpoint({
  ...shared,
  operationId: 'gallery.updateAsset',
  method: 'PATCH',
  path: '/api/v1/gallery/assets/{id}',
  summary: "Change a file's name, tags or metadata",
  description: 'What is left out stays as it is; `tags` and `metadata` are replaced as a whole. Of a file in the trash nothing changes: 409.',
  access: { kind: 'permission', permission: 'assets.update', scope: 'site' },
  ifMatch: true,
  params: byId,
  body: z
    .strictObject({ filename: assetFilename.optional(), tags: assetTags.optional(), metadata: assetMetadata.optional() })
    .meta({ id: 'AssetChange' }),
  success: { status: 200, description: 'The changed file', schema: asset, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const downloadAsset = endpoint({
  ...shared,
  operationId: 'gallery.downloadAsset',
  path: '/api/v1/gallery/assets/{id}/download',
  summary: 'Get a signed URL of a file that is ready',
  description:
    'The URL answers requests for ranges. `inline` is granted to raster images; what a browser could run, or PDF, is always saved. `derivative` is the width of a smaller copy, of images that are at least as wide.',
  params: byId,
  query: z.strictObject({
    disposition: z.enum(['attachment', 'inline']).default('attachment'),
    derivative: derivativeWidth.optional(),
  }),
  success: {
    status: 200,
    description: 'A URL that works for a short time',
    schema: z.object({ url: z.string(), expires_at: isoDateTime }).meta({ id: 'SignedDownload' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
