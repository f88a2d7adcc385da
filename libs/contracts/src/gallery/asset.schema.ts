import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { assetMetadata } from './asset-properties.schema.js';

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
/** In a query. */
export const derivativeWidth = z.coerce.number().pipe(z.literal([...derivativeWidths]));

/** pending → verifying → ready | rejected. */
export const assetStatus = z.enum(['pending', 'verifying', 'ready', 'rejected', 'trashed']);
export type AssetStatus = z.output<typeof assetStatus>;

/** Shown to people; never part of a key. 255 UTF-8 bytes at most. */
export const assetFilename = z
  .string()
  .min(1)
  .refine((name) => new TextEncoder().encode(name).length <= 255, 'must be at most 255 bytes');

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
    /** In the order in which they were given. */
    tags: z.array(z.string()),
    metadata: assetMetadata,
    /** Bytes and SHA-256 of what is stored: not as declared where metadata was removed; null until ready. */
    stored_size: z.int().nullable(),
    stored_sha256: sha256Hex.nullable(),
    /** Pixels of an image as it is shown, turned as its metadata says; null of other files and until ready. */
    width: z.int().nullable(),
    height: z.int().nullable(),
    /** 1 of a still image. */
    frames: z.int().nullable(),
    /** ThumbHash of an image, base64: what to show until it is loaded. */
    placeholder: z.string().nullable(),
    /** `#rrggbb` */
    dominant_color: z.string().nullable(),
    /** Widths of the webp copies that exist: none wider than the image, and of an animation its first frame. */
    derivatives: z.array(z.literal(derivativeWidths)),
    created_by: uuid,
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'Asset' });
export type Asset = z.output<typeof asset>;
