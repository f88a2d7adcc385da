import { cursorPageOf, cursorQuery, endpoint, isoDateTimeWithOffset, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { derivativeWidth } from './asset.schema.js';
import { createdShare, share, sharedContent, sharePassword } from './share.schema.js';

const shared = { service: 'gallery', access: { kind: 'permission', permission: 'shares.manage', scope: 'site' } } as const;

export const listShares = endpoint({
  ...shared,
  operationId: 'gallery.listShares',
  method: 'GET',
  path: '/api/v1/gallery/shares',
  summary: 'Shares of the sites where this person may share, newest first',
  query: cursorQuery.extend({ site_id: uuid.optional(), asset_id: uuid.optional(), album_id: uuid.optional() }),
  success: { status: 200, description: 'Shares, without their tokens', schema: cursorPageOf(share) },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const createShare = endpoint({
  ...shared,
  operationId: 'gallery.createShare',
  method: 'POST',
  path: '/api/v1/gallery/shares',
  summary: 'Share a file or an album with whoever has the link',
  limit: { requests: 300, windowSeconds: 3600, per: 'principal' },
  body: z
    .strictObject({
      asset_id: uuid.optional(),
      album_id: uuid.optional(),
      expires_at: isoDateTimeWithOffset,
      password: sharePassword.optional(),
    })
    .refine(({ asset_id, album_id }) => (asset_id === undefined) !== (album_id === undefined), 'must name either asset_id or album_id'),
  success: { status: 201, description: 'The share, with its token, which is not shown again', schema: createdShare, shownOnce: ['token', 'url'] },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const deleteShare = endpoint({
  ...shared,
  operationId: 'gallery.deleteShare',
  method: 'DELETE',
  path: '/api/v1/gallery/shares/{id}',
  summary: 'End a share',
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'The link opens nothing any more; URLs that were given out work for five minutes at most' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const viewShare = endpoint({
  operationId: 'gallery.viewShare',
  service: 'gallery',
  method: 'GET',
  path: '/api/v1/gallery/shared/{token}',
  summary: 'Open a share',
  description:
    'What is unknown, has expired or was ended looks the same. Files appear while they are ready and not in the trash. Wrong passwords are counted, and pause.',
  access: { kind: 'public' },
  limit: { requests: 600, windowSeconds: 3600, per: 'address', alone: true },
  sharePassword: true,
  params: z.object({ token: z.string().min(1).max(256) }),
  query: cursorQuery.extend({
    disposition: z.enum(['attachment', 'inline']).default('attachment'),
    /** Width of the copies that URLs lead to; to the file itself where it has none of that width. */
    derivative: derivativeWidth.optional(),
  }),
  success: { status: 200, description: 'The file, or a page of the album in its order', schema: sharedContent },
  errors: ['NOT_FOUND', 'SHARE_PASSWORD_REQUIRED'],
});
