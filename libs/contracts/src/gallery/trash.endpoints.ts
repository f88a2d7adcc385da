import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { asset } from './asset.schema.js';

const shared = { service: 'gallery', access: { kind: 'permission', permission: 'assets.delete', scope: 'site' } } as const;
const byId = z.object({ id: uuid });

export const deleteAsset = endpoint({
  ...shared,
  operationId: 'gallery.deleteAsset',
  method: 'DELETE',
  path: '/api/v1/gallery/assets/{id}',
  summary: 'Put a file in the trash',
  description:
    'It can be restored for 30 days and is purged then; until then it counts against quotas. Safe to call again. An upload under way is aborted instead.',
  ifMatch: 'optional',
  params: byId,
  success: { status: 204, description: 'The file is in the trash' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
});

export const restoreAsset = endpoint({
  ...shared,
  operationId: 'gallery.restoreAsset',
  method: 'POST',
  path: '/api/v1/gallery/assets/{id}/restore',
  summary: 'Take a file out of the trash',
  description: 'It is again what it was. Safe to call again.',
  params: byId,
  success: { status: 200, description: 'The file', schema: asset, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
