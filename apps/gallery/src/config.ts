import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { maxPutBytes } from '@atrium/contracts/gallery';
import { z } from 'zod';

const storageEnvironment = {
  /** Where clients upload to; nothing is ever served from it. */
  QUARANTINE_BUCKET: z.string().min(3),
  /** Holds verified files alone. */
  READY_BUCKET: z.string().min(3),
  /** Bucket in the path instead of the host name: for endpoints without wildcard DNS. */
  S3_FORCE_PATH_STYLE: z.stringbool().default(false),
} as const;

/** What the API reads. */
export const galleryConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  ...storageEnvironment,
  /** S3 as clients reach it, which presigned URLs name; AWS's own where unset. */
  S3_PUBLIC_ENDPOINT: z.url().optional(),
  /** Base URL under which everybody reaches the gateway: links of shares begin with it. */
  PUBLIC_URL: z.url(),
  /** Multiplies how many passwords of a share may be tried; 1 in production. */
  LIMIT_SCALE: z.coerce.number().positive().max(1_000_000).default(1),
  /** Base URL of the users service, asked about sites that this service has not heard of yet. */
  USERS_URL: z.url(),
  /** Largest file in bytes; S3 takes at most 5 GiB in one PUT. */
  MAX_UPLOAD_BYTES: z.coerce.number().int().min(1).max(maxPutBytes).default(maxPutBytes),
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
