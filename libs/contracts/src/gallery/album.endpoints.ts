import { cursorPageOf, cursorQuery, endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { album, albumDescription, albumItemResults, albumName, maxItemsAtOnce } from './album.schema.js';

const read = { service: 'gallery', access: { kind: 'permission', permission: 'assets.read', scope: 'site' } } as const;
const manage = { service: 'gallery', access: { kind: 'permission', permission: 'albums.manage', scope: 'site' } } as const;
const byId = z.object({ id: uuid });

const assetIds = z
  .array(uuid)
  .min(1)
  .max(maxItemsAtOnce)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each file once');

export const listAlbums = endpoint({
  ...read,
  operationId: 'gallery.listAlbums',
  method: 'GET',
  path: '/api/v1/gallery/albums',
  summary: 'Albums of the sites that this person may see, newest first',
  query: cursorQuery.extend({ site_id: uuid.optional() }),
  success: { status: 200, description: 'Albums', schema: cursorPageOf(album) },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const createAlbum = endpoint({
  ...manage,
  operationId: 'gallery.createAlbum',
  method: 'POST',
  path: '/api/v1/gallery/albums',
  summary: 'Create an album of a site',
  idempotent: true,
  body: z.strictObject({ site_id: uuid, name: albumName, description: albumDescription.optional() }),
  success: { status: 201, description: 'The album', schema: album },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const getAlbum = endpoint({
  ...read,
  operationId: 'gallery.getAlbum',
  method: 'GET',
  path: '/api/v1/gallery/albums/{id}',
  summary: 'One album; its files are those of `GET /gallery/assets?album_id=`',
  params: byId,
  success: { status: 200, description: 'The album', schema: album, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const updateAlbum = endpoint({
  ...manage,
  operationId: 'gallery.updateAlbum',
  method: 'PATCH',
  path: '/api/v1/gallery/albums/{id}',
  summary: "Change an album's name, description or cover",
  ifMatch: true,
  params: byId,
  body: z
    .strictObject({
      name: albumName.optional(),
      description: albumDescription.optional(),
      /** A file of the album; null for none. */
      cover_asset_id: uuid.nullable().optional(),
    })
    .refine((body) => Object.keys(body).length > 0, 'must change something'),
  success: { status: 200, description: 'The album', schema: album, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const deleteAlbum = endpoint({
  ...manage,
  operationId: 'gallery.deleteAlbum',
  method: 'DELETE',
  path: '/api/v1/gallery/albums/{id}',
  summary: 'Delete an album; its files stay',
  params: byId,
  success: { status: 204, description: 'The album is gone, and whatever shared it has ended' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const addAlbumItems = endpoint({
  ...manage,
  operationId: 'gallery.addAlbumItems',
  method: 'POST',
  path: '/api/v1/gallery/albums/{id}/items',
  summary: 'Put files at the end of an album, in the order given',
  params: byId,
  body: z.strictObject({ asset_ids: assetIds }),
  success: { status: 200, description: 'What became of each', schema: albumItemResults },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const removeAlbumItems = endpoint({
  ...manage,
  operationId: 'gallery.removeAlbumItems',
  method: 'DELETE',
  path: '/api/v1/gallery/albums/{id}/items',
  summary: 'Take files out of an album; the files stay',
  params: byId,
  body: z.strictObject({ asset_ids: assetIds }),
  success: { status: 200, description: 'What became of each', schema: albumItemResults },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const orderAlbumItems = endpoint({
  ...manage,
  operationId: 'gallery.orderAlbumItems',
  method: 'PUT',
  path: '/api/v1/gallery/albums/{id}/order',
  summary: 'Move files within an album',
  description:
    'The files stand together after it, in the order given: right after the file `after`, or right before the file `before`. `"after": null` is the beginning, `"before": null` the end. All of them move, or none.',
  params: byId,
  body: z
    .strictObject({ asset_ids: assetIds, after: uuid.nullable().optional(), before: uuid.nullable().optional() })
    .refine(({ after, before }) => (after === undefined) !== (before === undefined), 'must say either after or before'),
  success: { status: 204, description: 'They have moved' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
