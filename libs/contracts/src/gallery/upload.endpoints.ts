import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { asset, assetContentType, sha256Hex } from './asset.schema.js';

const shared = { service: 'gallery', access: { kind: 'permission', permission: 'assets.create', scope: 'site' } } as const;

/** S3 takes at most 5 GiB in one PUT. */
export const maxPutBytes = 5 * 1024 ** 3;

export const createUpload = endpoint({
  ...shared,
  operationId: 'gallery.createUpload',
  method: 'POST',
  path: '/api/v1/gallery/uploads',
  summary: 'Get a presigned URL for one file',
  description:
    'Send the bytes by the given method to the URL with exactly the given headers: S3 refuses another type, length or checksum. Then call complete, or wait.',
  idempotent: true,
  body: z.strictObject({
    site_id: uuid,
    /** Shown to people; never part of a key. 255 UTF-8 bytes at most. */
    filename: z
      .string()
      .min(1)
      .refine((name) => new TextEncoder().encode(name).length <= 255, 'must be at most 255 bytes'),
    content_type: assetContentType,
    size: z.int().min(1).max(maxPutBytes),
    sha256: sha256Hex,
    /** An album of the site, at whose end the file appears; takes albums.manage too. */
    album_id: uuid.optional(),
    method: z.literal('put').optional(),
  }),
  success: {
    status: 201,
    description: 'Where and how to send the bytes',
    schema: z
      .object({
        asset_id: uuid,
        method: z.literal('PUT'),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        expires_at: isoDateTime,
      })
      .meta({ id: 'PresignedUpload' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const completeUpload = endpoint({
  ...shared,
  operationId: 'gallery.completeUpload',
  method: 'POST',
  path: '/api/v1/gallery/uploads/{asset_id}/complete',
  summary: 'Say that the bytes are there',
  description: "Verification starts now instead of with S3's own notification. Safe to call again.",
  params: z.object({ asset_id: uuid }),
  body: z.strictObject({}).optional(),
  success: { status: 202, description: 'The file is being verified', schema: asset },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
