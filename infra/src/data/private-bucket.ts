import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps {
  readonly bucketName?: string;
  /** S3's own key where unset: what AWS services write logs with. */
  readonly key?: kms.IKey;
  /** Where requests are written down; a bucket of logs has none. */
  readonly logs?: s3.IBucket;
  readonly versioned?: boolean;
  readonly cors?: s3.CorsRule[];
  readonly expiration?: Duration;
  /** Of objects that are needed for less long, by the beginning of their keys. */
  readonly shortLived?: Readonly<Record<string, Duration>>;
}

/** A bucket that nobody outside reads: no public access, TLS alone, encrypted, never deleted with its stack. */
export const privateBucket = (scope: Construct, id: string, props: PrivateBucketProps): s3.Bucket =>
  new s3.Bucket(scope, id, {
    ...(props.bucketName ? { bucketName: props.bucketName } : {}),
    ...(props.key
      ? { encryption: s3.BucketEncryption.KMS, encryptionKey: props.key, bucketKeyEnabled: true }
      : { encryption: s3.BucketEncryption.S3_MANAGED }),
    ...(props.logs ? { serverAccessLogsBucket: props.logs, serverAccessLogsPrefix: `${id.toLowerCase()}/` } : {}),
    ...(props.cors ? { cors: props.cors } : {}),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: props.versioned ?? false,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        // Uploads in parts may take seven days; the service itself aborts those that nobody awaits.
        abortIncompleteMultipartUploadAfter: Duration.days(8),
        ...(props.expiration ? { expiration: props.expiration } : {}),
        // What was deleted by mistake can be brought back for so long; erased for good afterwards.
        ...(props.versioned ? { noncurrentVersionExpiration: Duration.days(7), expiredObjectDeleteMarker: !props.expiration } : {}),
      },
      ...Object.entries(props.shortLived ?? {}).map(([prefix, expiration]) => ({ prefix, expiration })),
    ],
  });
