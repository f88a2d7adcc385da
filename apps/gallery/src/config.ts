import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { maxObjectBytes } from '@atrium/contracts/gallery';
import { z } from 'zod';

const storageEnvironment = {
  /** Where clients upload to; nothing is ever served from it. */
  QUARANTINE_BUCKET: z.string().min(3),
  /** Holds verified files alone. */
  READY_BUCKET: z.string().min(3),
  /** Bucket in the path instead of the host name: for endpoints without wildcard DNS. */
  S3_FORCE_PATH_STYLE: z.stringbool().default(false),
} as const;

const downloadEnvironment = {
  /** Base URL of the CloudFront distribution that serves the ready bucket; downloads come from S3 itself where unset. */
  DOWNLOADS_URL: z.url({ protocol: /^https$/ }).optional(),
  /** Secret with `{key_pair_id, private_key}` of the distribution's key group; needed with DOWNLOADS_URL. */
  DOWNLOADS_KEY_SECRET_ID: z.string().min(1).optional(),
} as const;

/** What the API reads. */
export const galleryConfig = z
  .object({
    ...processEnvironment,
    ...tokenEnvironment,
    ...databaseEnvironment,
    ...messagingEnvironment,
    ...storageEnvironment,
    /** S3 as clients reach it, which presigned URLs name; AWS's own where unset. */
    S3_PUBLIC_ENDPOINT: z.url().optional(),
    /** Base URL of the users service, asked about sites that this service has not heard of yet. */
    USERS_URL: z.url(),
    /** Largest file in bytes; S3 takes at most 5 TiB, and above 5 GiB in parts alone. */
    MAX_UPLOAD_BYTES: z.coerce.number().int().min(1).max(maxObjectBytes).default(maxObjectBytes),
    ...downloadEnvironment,
  })
  .refine(({ DOWNLOADS_URL: url, DOWNLOADS_KEY_SECRET_ID: id }) => (url === undefined) === (id === undefined), {
    path: ['DOWNLOADS_KEY_SECRET_ID'],
    message: 'must be set with DOWNLOADS_URL, and only then',
  });
export type GalleryConfig = z.output<typeof galleryConfig>;

/** What the worker reads; its port serves health and metrics. */
export const galleryWorkerConfig = z.object({
  ...processEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  ...storageEnvironment,
  /** Seconds between two searches for uploads that never came. */
  UPLOAD_SWEEP_SECONDS: z.coerce.number().int().min(1).max(3_600).default(60),
});
export type GalleryWorkerConfig = z.output<typeof galleryWorkerConfig>;
