import { z } from 'zod';
import { CHECKSUM_ALGORITHMS } from '../body/checksum-algorithm.js';

export const checksumSchema = z.object({ algorithm: z.enum(CHECKSUM_ALGORITHMS), value: z.string() });

/** What is kept of an object beside its bytes. The file that holds this is what makes the object exist. */
export const objectMetadataSchema = z.object({
  key: z.string(),
  /** Name of the file with the bytes; a new one for every write, so that readers of the old one go on undisturbed. */
  blob: z.uuid(),
  size: z.int().nonnegative(),
  /** Without quotes: hex MD5, or `<hex>-<parts>` after a multipart upload. */
  etag: z.string(),
  /** ISO 8601; S3 shows whole seconds. */
  lastModified: z.iso.datetime(),
  /** Content-Type, Cache-Control … by lower-case name. */
  headers: z.record(z.string(), z.string()),
  /** `x-amz-meta-*` without the prefix. */
  userMetadata: z.record(z.string(), z.string()),
  checksum: checksumSchema.optional(),
});

export type ObjectMetadata = z.infer<typeof objectMetadataSchema>;
