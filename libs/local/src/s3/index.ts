export type { CorsRule } from './cors.js';
export type { BucketNotification } from './exchange.js';
export type { S3EventNotification, S3EventRecord } from './notifications/s3-event.js';
export type { S3Credentials } from './signing/sigv4-verifier.js';
export { startS3, type RunningS3, type S3BucketOptions, type S3Options } from './start-s3.js';
