import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

const amount = z.object({
  /** Of files that are ready, in the trash too. */
  used: z.int(),
  /** Of uploads under way. */
  reserved: z.int(),
  /** Null where nothing limits it. */
  allowed: z.int().nullable(),
});
const usage = z.object({ bytes: amount, files: amount }).meta({ id: 'GalleryUsage' });
export type GalleryUsage = z.output<typeof usage>;

export const galleryUsage = endpoint({
  service: 'gallery',
  operationId: 'gallery.getUsage',
  method: 'GET',
  path: '/api/v1/gallery/usage',
  summary: 'How much is stored, and how much may be',
  description:
    'Of the organization, or of one site; a site without a quota of its own shows what the organization may. Bytes are those of the files as they were uploaded.',
  access: { kind: 'permission', permission: 'assets.read', scope: 'site' },
  query: z.strictObject({ site_id: uuid.optional() }),
  success: { status: 200, description: 'Usage and quotas', schema: usage },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

const limit = z.int().min(0).max(1e15).nullable();

export const setSiteQuota = endpoint({
  service: 'gallery',
  operationId: 'gallery.setSiteQuota',
  method: 'PUT',
  path: '/api/v1/gallery/sites/{site_id}/quota',
  summary: 'Limit how much a site may store',
  description:
    "Null is the platform's default. What is stored already stays; the organization's own quota, which the platform's operator sets, holds beside it.",
  access: { kind: 'permission', permission: 'storage.manage', scope: 'org' },
  params: z.object({ site_id: uuid }),
  body: z.strictObject({ bytes: limit, files: limit }),
  success: { status: 200, description: 'Usage and quotas of the site', schema: usage },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
