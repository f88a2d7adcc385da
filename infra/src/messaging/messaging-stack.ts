import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { ArnFormat, Aws, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { WorkQueue } from './work-queue.js';

export interface MessagingStackProps extends StackProps {
  readonly config: StageConfig;
}

/** Every queue of the contracts, and the key that encrypts them. */
export class MessagingStack extends Stack {
  /** By name in the contracts. */
  readonly queues: ReadonlyMap<string, WorkQueue>;
  readonly key: kms.Key;
  /** Queue URLs are this plus the queue's name. */
  readonly queueUrlBase: string;

  constructor(scope: Construct, id: string, { config, ...props }: MessagingStackProps) {
    super(scope, id, props);
    const prefix = names.queuePrefix(config);
    this.key = new kms.Key(this, 'Key', {
      description: `Messages of Atrium ${config.name}`,
      enableKeyRotation: true,
      // Without it messages that wait could never be read; KMS itself waits 30 days.
      removalPolicy: config.dataMayBeDeleted ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    this.queueUrlBase = `https://sqs.${config.region}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${prefix}`;
    this.queues = new Map(
      Object.values(queues).map((definition) => [
        definition.name,
        new WorkQueue(this, definition.name, { definition, prefix, encryptionKey: this.key }),
      ]),
    );
    this.hearUploads(config);
  }

  /** S3 tells of uploads: only of the quarantine bucket, only of this account. */
  private hearUploads(config: StageConfig): void {
    const bucketArn = this.formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: names.quarantineBucket(config),
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });
    const conditions = {
      ArnEquals: { 'aws:SourceArn': bucketArn },
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    };
    const principals = [new iam.ServicePrincipal('s3.amazonaws.com')];
    const { queue } = this.workQueue(queues.galleryUploads.name);
    queue.addToResourcePolicy(
      new iam.PolicyStatement({ principals, actions: ['sqs:SendMessage'], resources: [queue.queueArn], conditions }),
    );
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({ principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'], conditions }),
    );
  }

  /** @throws Error when the contracts have no such queue */
  workQueue(name: string): WorkQueue {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`There is no queue ${name}.`);
    return queue;
  }

  /** Of a queue or of its dead-letter queue. */
  queueArn(name: string): string {
    for (const { definition, queue, deadLetters } of this.queues.values()) {
      if (definition.name === name) return queue.queueArn;
      if (deadLetterQueueOf(definition.name) === name) return deadLetters.queueArn;
    }
    throw new Error(`There is no queue ${name}.`);
  }
}
