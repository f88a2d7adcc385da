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

const quota = z.coerce.number().int().min(0).max(1e15);

/** What organizations may store; the operator's command sets others for one. */
const quotaEnvironment = {
  /** Bytes of an organization's files; 100 GiB. */
  STORAGE_QUOTA_BYTES: quota.default(100 * 1024 ** 3),
  STORAGE_QUOTA_FILES: quota.default(1_000_000),
  /** Of each site, where its organization sets no other; unset leaves it to the organization's. */
  STORAGE_QUOTA_SITE_BYTES: quota.optional(),
  STORAGE_QUOTA_SITE_FILES: quota.optional(),
} as const;

/** What the API reads. */
export const galleryConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  ...storageEnvironment,
  ...quotaEnvironment,
  /** S3 as clients reach it, which presigned URLs name; AWS's own where unset. */
  S3_PUBLIC_ENDPOINT: z.url().optional(),
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
  ...quotaEnvironment,
  /** Seconds between two searches for uploads that never came, and for all else that is due to be removed. */
  UPLOAD_SWEEP_SECONDS: z.coerce.number().int().min(1).max(3_600).default(60),
  /** Seconds between two looks at a piece of the buckets and rows, whether they belong together. */
  RECONCILE_SECONDS: z.coerce.number().int().min(60).max(86_400).default(3_600),
  /** Days for which the trash is kept. */
  TRASH_DAYS: z.coerce.number().int().min(1).max(365).default(30),
});
export type GalleryWorkerConfig = z.output<typeof galleryWorkerConfig>;
