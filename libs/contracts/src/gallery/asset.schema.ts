import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** Content types that the platform can prove by the file's own bytes. */
export const provableContentTypes = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'application/zip',
  'video/mp4',
  'audio/mpeg',
] as const;
export const assetContentType = z.enum(provableContentTypes);

/** Widths in pixels of the webp copies that are made of images; one exists where the image is at least as wide. */
export const derivativeWidths = [320, 640, 1280] as const;
export type DerivativeWidth = (typeof derivativeWidths)[number];

/** pending → verifying → ready | rejected. */
export const assetStatus = z.enum(['pending', 'verifying', 'ready', 'rejected', 'trashed']);
export type AssetStatus = z.output<typeof assetStatus>;

/** SHA-256 of the file, 64 lower-case hex digits. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

export const asset = z
  .object({
    id: uuid,
    site_id: uuid,
    filename: z.string(),
    content_type: assetContentType,
    /** Bytes. */
    size: z.int(),
    sha256: sha256Hex,
    status: assetStatus,
    /** Why the file was refused; null unless rejected. */
    rejection_reason: z.string().nullable(),
    created_by: uuid,
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'Asset' });
export type Asset = z.output<typeof asset>;
