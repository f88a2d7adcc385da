import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** S3 takes at most 5 GiB in one PUT, form or part. */
export const maxPutBytes = 5 * 1024 ** 3;
/** And 5 TiB in parts. */
export const maxObjectBytes = 5 * 1024 ** 4;

export const partNumber = z.int().min(1).max(10_000);

/** To be sent exactly so. */
const headers = z.record(z.string(), z.string());

export const signedPart = z.object({
  part_number: partNumber,
  /** Bytes that S3 will take. */
  size: z.int(),
  url: z.string(),
  headers,
});

export const listedPart = z.object({
  part_number: partNumber,
  /** Bytes. */
  size: z.int(),
  /** With its quotes, as S3 gives it. */
  etag: z.string(),
});

const begun = { asset_id: uuid, /** When the URLs stop working; more are signed on request. */ expires_at: isoDateTime };

export const presignedUpload = z
  .discriminatedUnion('method', [
    z.object({ ...begun, method: z.literal('PUT'), url: z.string(), headers }),
    z.object({ ...begun, method: z.literal('POST'), url: z.string(), fields: z.record(z.string(), z.string()) }),
    z.object({
      ...begun,
      method: z.literal('MULTIPART'),
      /** Bytes of every part but the last. */
      part_size: z.int(),
      part_count: z.int(),
      /** The first parts, signed; each is sent by PUT. */
      parts: z.array(signedPart),
    }),
  ])
  .meta({ id: 'PresignedUpload' });
export type PresignedUpload = z.output<typeof presignedUpload>;

export const signedRequest = z
  .object({
    url: z.string(),
    /** To be sent exactly so. */
    headers: headers.optional(),
    /** Of a form that the file is sent with instead. */
    fields: z.record(z.string(), z.string()).optional(),
    expires_at: isoDateTime,
  })
  .meta({ id: 'SignedUploadRequest' });
export type SignedUploadRequest = z.output<typeof signedRequest>;
