import { endpoint, isoDateTime } from '@atrium/contract-kit';
import { z } from 'zod';
import { assetContentType, provableContentTypes } from './asset.schema.js';

export const gallerySettings = z
  .object({
    allowed_content_types: z.array(assetContentType).meta({ description: 'Types that may be uploaded; every known one where nothing was chosen.' }),
    strip_original_metadata: z
      .boolean()
      .meta({ description: 'Whether images lose what they say about place, time, device and people before they are stored. Copies never have any.' }),
    updated_at: isoDateTime.nullable().meta({ description: 'Null while nothing was chosen.' }),
  })
  .meta({ id: 'GallerySettings' });
export type GallerySettings = z.output<typeof gallerySettings>;

const shared = { service: 'gallery', path: '/api/v1/gallery/settings' } as const;
const success = { status: 200, description: 'The settings', schema: gallerySettings, etag: true } as const;

export const getGallerySettings = endpoint({
  ...shared,
  operationId: 'gallery.getSettings',
  method: 'GET',
  summary: 'What files the organization takes',
  access: { kind: 'permission', permission: 'assets.read', scope: 'site' },
  success,
  errors: ['FORBIDDEN'],
});

export const replaceGallerySettings = endpoint({
  ...shared,
  operationId: 'gallery.replaceSettings',
  method: 'PUT',
  summary: 'Choose what files the organization takes',
  description: 'Holds for uploads that are requested or verified from now on; files that are stored stay as they are.',
  access: { kind: 'permission', permission: 'assets.manage', scope: 'org' },
  ifMatch: true,
  body: z.strictObject({
    allowed_content_types: z
      .array(assetContentType)
      .min(1)
      .max(provableContentTypes.length)
      .refine((types) => new Set(types).size === types.length, 'must not repeat'),
    strip_original_metadata: z.boolean(),
  }),
  success,
  errors: ['FORBIDDEN', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});
