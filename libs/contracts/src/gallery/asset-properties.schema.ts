import { z } from 'zod';

export const maxTags = 50;
export const maxMetadataKeys = 50;
/** UTF-8 bytes of the metadata as JSON. */
export const maxMetadataBytes = 16_384;

/** What two tags have in common that count as one: the letters, whatever their case. */
export const tagKey = (tag: string): string => tag.normalize('NFC').toLowerCase();

/** A short text for people, trimmed and in NFC; 64 characters (code points) at most. */
export const assetTag = z
  .string()
  // Before it is normalised, which may lengthen it: a bound on the work.
  .max(256)
  .transform((text) => text.normalize('NFC').trim())
  .refine((text) => text !== '', 'must not be empty')
  .refine((text) => [...text].length <= 64, 'must be at most 64 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'must not contain control characters')
  .meta({ type: 'string', minLength: 1, maxLength: 64 });

export const assetTags = z
  .array(assetTag)
  .max(maxTags)
  .refine((list) => new Set(list.map(tagKey)).size === list.length, 'must differ by more than case');

const metadataKey = z.string().min(1).max(100);
const metadataValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type AssetMetadata = Record<string, z.output<typeof metadataValue>>;

/** UTF-8 bytes of the metadata as JSON. */
export const metadataBytes = (metadata: AssetMetadata): number => new TextEncoder().encode(JSON.stringify(metadata)).length;

/** Whatever the organization's own programs keep beside a file; the platform doesn't look into it. */
export const assetMetadata = z
  .record(metadataKey, metadataValue)
  .refine((metadata) => Object.keys(metadata).length <= maxMetadataKeys, `must have at most ${maxMetadataKeys} keys`)
  .refine((metadata) => metadataBytes(metadata) <= maxMetadataBytes, `must be at most ${maxMetadataBytes} bytes as JSON`);
