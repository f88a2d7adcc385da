import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { assetMetadata, assetTags } from './asset-properties.schema.js';

export const maxBatchItems = 1_000;

const someTags = assetTags.min(1);

/** One change, made to each item of a batch. */
export const assetOperation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add_tags'), tags: someTags }),
  z.strictObject({ op: z.literal('remove_tags'), tags: someTags }),
  /** Beside the keys that are there already. */
  z.strictObject({ op: z.literal('set_metadata'), metadata: assetMetadata }),
  z.strictObject({ op: z.literal('remove_metadata'), keys: z.array(z.string().min(1).max(100)).min(1).max(50) }),
  z.strictObject({ op: z.literal('trash') }),
  z.strictObject({ op: z.literal('restore') }),
]);
export type AssetOperation = z.output<typeof assetOperation>;

const isOncePerKind = (operations: readonly AssetOperation[]): boolean =>
  new Set(operations.map(({ op }) => op)).size === operations.length;
const moves = (operations: readonly AssetOperation[]): boolean => operations.some(({ op }) => op === 'trash' || op === 'restore');

/** `version` is of the ETag, and has the item refused where it has changed since. */
const item = z.strictObject({ id: uuid.toLowerCase(), version: z.int().min(1).max(2_147_483_647).optional() });

export const batchVerdict = z
  .object({
    id: uuid,
    /** `refused`: not permitted, or more than an asset holds. `conflict`: another version, or a status that doesn't allow it. */
    status: z.enum(['done', 'refused', 'not_found', 'conflict']),
    /** Of an error; absent when done. */
    code: z.enum(['FORBIDDEN', 'VALIDATION_ERROR', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED']).optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'BatchVerdict' });
export type BatchVerdict = z.output<typeof batchVerdict>;

export const batchAssets = endpoint({
  operationId: 'gallery.batchAssets',
  service: 'gallery',
  method: 'POST',
  path: '/api/v1/gallery/assets/batch',
  summary: 'Change up to 1,000 files at once',
  description:
    'All operations are made to each item, or none of them: an item that can’t have one of them is left as it was, and the others go on. ' +
    'Verdicts come in the order of the items. At the site of each file assets.update is needed, and assets.delete for `trash` and `restore`, which stand alone. ' +
    'What an item has already is done.',
  access: { kind: 'permission', permission: 'assets.update', scope: 'site' },
  idempotent: true,
  limit: { requests: 60, windowSeconds: 60, per: 'principal' },
  body: z
    .strictObject({
      operations: z
        .array(assetOperation)
        .min(1)
        .max(4)
        .refine(isOncePerKind, 'must name each operation once')
        .refine((operations) => operations.length === 1 || !moves(operations), 'must have trash and restore alone'),
      items: z
        .array(item)
        .min(1)
        .max(maxBatchItems)
        .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, 'must name each file once'),
    })
    .meta({ id: 'AssetBatch' }),
  success: { status: 200, description: 'A verdict on each item', schema: z.object({ data: z.array(batchVerdict) }) },
  errors: ['FORBIDDEN'],
});
