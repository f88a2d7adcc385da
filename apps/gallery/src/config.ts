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
    ...quotaEnvironment,
    /** S3 as clients reach it, which presigned URLs name; AWS's own where unset. */
    S3_PUBLIC_ENDPOINT: z.url().optional(),
    /** Base URL under which everybody reaches the gateway: links of shares begin with it. */
    PUBLIC_URL: z.url(),
    /** Multiplies how many passwords of a share may be tried; 1 in production. */
    LIMIT_SCALE: z.coerce.number().positive().max(1_000_000).default(1),
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

/** Bounds on decoding images; each decoder may use up what the limits say at the same time. */
const imageEnvironment = {
  /** Images decoded at once, each in a process of its own. */
  IMAGE_PROCESSES: z.coerce.number().int().min(1).max(64).default(1),
  /** MiB of memory of one decoder; what needs more is rejected. */
  IMAGE_MEMORY_MB: z.coerce.number().int().min(128).max(16_384).default(320),
  /** Largest image file in bytes; a decoder holds it whole. */
  IMAGE_MAX_BYTES: z.coerce.number().int().min(1).default(64 * 1024 ** 2),
  /** Pixels of one frame. */
  IMAGE_MAX_PIXELS: z.coerce.number().int().min(1).max(1_000_000_000).default(50_000_000),
  IMAGE_MAX_FRAMES: z.coerce.number().int().min(1).default(1_000),
  /** Seconds of processor time that one image may take. */
  IMAGE_CPU_SECONDS: z.coerce.number().int().min(1).max(600).default(20),
  /** Folder with room for ten images while they are looked at; the system's own folder for such where unset. */
  SCRATCH_DIR: z.string().min(1).optional(),
  /** Seconds between two searches for images without copies. */
  DERIVATIVE_SWEEP_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
} as const;

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
  ...imageEnvironment,
  /** Host of clamd, or the path of its Unix socket. Unset: files are not scanned. Set: none passes while it is down. */
  CLAMAV_HOST: z.string().min(1).optional(),
  CLAMAV_PORT: z.coerce.number().int().min(1).max(65_535).default(3310),
  /** clamd's `StreamMaxLength` in bytes, by default as clamd's own (100M): a larger file is rejected without asking it. */
  CLAMAV_STREAM_MAX_LENGTH: z.coerce.number().int().min(1).default(104_857_600),
});
export type GalleryWorkerConfig = z.output<typeof galleryWorkerConfig>;
