import { queues } from '@atrium/contracts/queues';
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { privateBucket } from './private-bucket.js';

export interface AssetBucketsProps {
  readonly config: StageConfig;
  readonly key: kms.IKey;
  readonly logs: s3.IBucket;
}

/** Where clients upload to, and where verified files are. */
export class AssetBuckets extends Construct {
  readonly quarantine: s3.Bucket;
  readonly ready: s3.Bucket;

  constructor(scope: Construct, id: string, { config, key, logs }: AssetBucketsProps) {
    super(scope, id);
    const cors = (...methods: s3.HttpMethods[]): s3.CorsRule => ({
      allowedOrigins: [new URL(config.dns.appUrl).origin],
      allowedMethods: methods,
      allowedHeaders: ['*'],
      exposedHeaders: ['ETag'],
      maxAge: 3_600,
    });
    this.quarantine = privateBucket(this, 'Quarantine', {
      bucketName: names.quarantineBucket(config),
      key,
      logs,
      // Forms are posted; clients that steer an upload in parts themselves also list, complete and abort it.
      cors: [cors(s3.HttpMethods.PUT, s3.HttpMethods.POST, s3.HttpMethods.GET, s3.HttpMethods.DELETE)],
      // The service removes what it has judged; this takes what nobody told it of, once the longest upload (7 days) is over.
      expiration: Duration.days(9),
    });
    this.ready = privateBucket(this, 'Ready', {
      bucketName: names.readyBucket(config),
      key,
      logs,
      cors: [cors(s3.HttpMethods.GET)],
      versioned: true,
    });
    if (config.downloads) this.letDistributionsRead(key);
    // By S3's own property: the queue stands before the bucket, with a policy that names it.
    const bucket = this.quarantine.node.defaultChild as s3.CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: Stack.of(this).formatArn({ service: 'sqs', resource: `${names.queuePrefix(config)}${queues.galleryUploads.name}` }),
        },
      ],
    };
  }
  /** CloudFront reads for those who hold a signed URL, by the identity of a distribution of this account. */
  private letDistributionsRead(key: kms.IKey): void {
    // Which one is not known here: it is made in another region, after this bucket.
    const conditions = { ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:distribution/*` } };
    const by = { principals: [new iam.ServicePrincipal('cloudfront.amazonaws.com')], conditions };
    this.ready.addToResourcePolicy(new iam.PolicyStatement({ ...by, actions: ['s3:GetObject'], resources: [this.ready.arnForObjects('*')] }));
    key.addToResourcePolicy(new iam.PolicyStatement({ ...by, actions: ['kms:Decrypt'], resources: ['*'] }));
  }
}
