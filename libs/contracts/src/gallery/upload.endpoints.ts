import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { asset, assetContentType, assetFilename, sha256Hex } from './asset.schema.js';
import { listedPart, maxObjectBytes, partNumber, presignedUpload, signedPart, signedRequest } from './upload.schema.js';

const shared = { service: 'gallery', access: { kind: 'permission', permission: 'assets.create', scope: 'site' } } as const;
const byAsset = z.object({ asset_id: uuid });

export const createUpload = endpoint({
  ...shared,
  operationId: 'gallery.createUpload',
  method: 'POST',
  path: '/api/v1/gallery/uploads',
  summary: 'Get what one file is uploaded with',
  description:
    '`put` (the default): send the bytes to the URL with exactly the given headers. `post`: send a form with exactly the given fields, and the bytes as `file` after them. `multipart`: send parts of `part_size`, the last one shorter; sign more of them as they are needed, and complete. S3 refuses another type, length or checksum. Then call complete, or wait.',
  idempotent: true,
  body: z.strictObject({
    site_id: uuid,
    filename: assetFilename,
    content_type: assetContentType,
    /** Bytes; above 5 GiB by `multipart` alone. */
    size: z.int().min(1).max(maxObjectBytes),
    sha256: sha256Hex,
    /** An album of the site, at whose end the file appears; takes albums.manage too. */
    album_id: uuid.optional(),
    method: z.enum(['put', 'post', 'multipart']).optional(),
  }),
  success: { status: 201, description: 'Where and how to send the bytes', schema: presignedUpload },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'QUOTA_EXCEEDED', 'UPSTREAM_UNAVAILABLE'],
});

export const signParts = endpoint({
  ...shared,
  operationId: 'gallery.signParts',
  method: 'POST',
  path: '/api/v1/gallery/uploads/{asset_id}/parts',
  summary: 'Get presigned URLs for parts of a multipart upload',
  description: 'S3 takes each part with exactly its length, and with its MD5 where one is given. A part that is sent again replaces the earlier one.',
  params: byAsset,
  body: z.strictObject({
    parts: z
      .array(
        z.strictObject({
          part_number: partNumber,
          /** Base64 of 16 bytes (RFC 1864): S3 then refuses a part that was damaged on its way. */
          md5: z.string().regex(/^[A-Za-z0-9+/]{21}[AQgw]==$/, 'must be the base64 of 16 bytes').optional(),
        }),
      )
      .min(1)
      .max(1_000),
  }),
  success: {
    status: 200,
    description: 'The parts, in the order asked for',
    schema: z.object({ parts: z.array(signedPart), expires_at: isoDateTime }).meta({ id: 'SignedParts' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const listParts = endpoint({
  ...shared,
  operationId: 'gallery.listParts',
  method: 'GET',
  path: '/api/v1/gallery/uploads/{asset_id}/parts',
  summary: 'What S3 has of a multipart upload',
  description: 'All of it, to go on after an interruption: send the parts that are missing.',
  params: byAsset,
  success: {
    status: 200,
    description: 'The parts that have arrived, by number',
    schema: z
      .object({ part_size: z.int(), part_count: z.int(), parts: z.array(listedPart) })
      .meta({ id: 'UploadedParts' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'UPSTREAM_UNAVAILABLE'],
});

export const signUploadRequest = endpoint({
  ...shared,
  operationId: 'gallery.signUploadRequest',
  method: 'POST',
  path: '/api/v1/gallery/uploads/{asset_id}/requests',
  summary: 'Get one request to S3 signed anew',
  description:
    "For clients that talk to S3 themselves, as Uppy's `signRequest` does. `PUT` sends the file, or with `part_number` a part; of a multipart upload, `GET` lists its parts, `POST` completes it and `DELETE` aborts it.",
  params: byAsset,
  body: z.strictObject({ method: z.enum(['PUT', 'GET', 'POST', 'DELETE']), part_number: partNumber.optional() }),
  success: { status: 200, description: 'The request', schema: signedRequest },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const completeUpload = endpoint({
  ...shared,
  operationId: 'gallery.completeUpload',
  method: 'POST',
  path: '/api/v1/gallery/uploads/{asset_id}/complete',
  summary: 'Say that the bytes are there',
  description:
    "Puts the parts of a multipart upload together; with `parts`, only if S3 has just these. Verification starts now instead of with S3's own notification. Safe to call again.",
  params: byAsset,
  body: z
    .strictObject({ parts: z.array(z.strictObject({ part_number: partNumber, etag: z.string().min(1).max(64) })).max(10_000).optional() })
    .optional(),
  success: { status: 202, description: 'The file is being verified', schema: asset },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'UPSTREAM_UNAVAILABLE'],
});

export const abortUpload = endpoint({
  ...shared,
  operationId: 'gallery.abortUpload',
  method: 'DELETE',
  path: '/api/v1/gallery/uploads/{asset_id}',
  summary: 'Give an upload up',
  description: 'What has arrived of it is deleted, and what still arrives is never served. Safe to call again.',
  params: byAsset,
  success: { status: 204, description: 'The upload has ended' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
