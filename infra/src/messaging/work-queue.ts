import { deadLetterQueueOf, type QueueDefinition } from '@atrium/contract-kit';
import { Duration, Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  readonly definition: QueueDefinition;
  /** Before the definition's name. */
  readonly prefix: string;
  readonly encryptionKey: kms.IKey;
}

const mebibyte = 1_048_576;

/** A queue of the contracts with its dead-letter queue: encrypted, TLS only, 14 days of patience. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  readonly definition: QueueDefinition;

  constructor(scope: Construct, id: string, { definition, prefix, encryptionKey }: WorkQueueProps) {
    super(scope, id);
    this.definition = definition;
    const both = {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: encryptionKey,
      // A key for so long: SQS asks KMS once in it, not for each message.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: mebibyte,
    };
    const queueName = `${prefix}${definition.name}`;
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      ...both,
      queueName: `${prefix}${deadLetterQueueOf(definition.name)}`,
    });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...both,
      queueName,
      visibilityTimeout: Duration.seconds(definition.visibilityTimeoutSeconds),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: definition.maxReceiveCount },
    });
    // By name: the queue itself would be a circle.
    const sourceArn = Stack.of(this).formatArn({ service: 'sqs', resource: queueName });
    const deadLetters = this.deadLetters.node.defaultChild as sqs.CfnQueue;
    deadLetters.redriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: [sourceArn] };
  }
}
