import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import type { DataStack } from '../data/data-stack.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import { names } from '../names.js';
import type { ProcessDefinition } from './process-definitions.js';
import type { ProcessEnvironment } from './process-environment.js';

export interface PermissionSources {
  readonly config: StageConfig;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
}

const allow = (role: iam.Role, actions: string[], ...resources: string[]): void => {
  if (resources.length > 0) role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
};

/** The secrets that the environment names, and nothing else of Secrets Manager. */
export function allowSecrets(role: iam.Role, { secrets }: Pick<ProcessEnvironment, 'secrets'>): void {
  allow(role, ['secretsmanager:GetSecretValue'], ...Object.values(secrets).map(({ secretArn }) => secretArn));
}

/** Exactly what the process does with queues, and with their key. */
export function allowQueues(role: iam.Role, process: ProcessDefinition, { messaging }: PermissionSources): void {
  const consumed = process.consumes.map(({ name }) => messaging.workQueue(name));
  allow(
    role,
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
    ...consumed.map(({ queue }) => queue.queueArn),
  );
  const sent = process.sends.map((name) => messaging.workQueue(name).queue.queueArn);
  // What can't be handled goes to the dead-letter queue at once, with its reason.
  allow(role, ['sqs:SendMessage'], ...sent, ...consumed.map(({ deadLetters }) => deadLetters.queueArn));
  const watched = process.watches.map((name) => messaging.queueArn(name));
  allow(role, ['sqs:GetQueueAttributes'], ...watched, ...consumed.map(({ deadLetters }) => deadLetters.queueArn));
  if (consumed.length + sent.length > 0) allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], messaging.key.keyArn);
}

/** What single processes do besides. */
export function allowMore(role: iam.Role, { name }: ProcessDefinition, { config, data }: PermissionSources): void {
  // By name, as buckets of the whole world are.
  const bucketArn = (bucket: string) => `arn:${Aws.PARTITION}:s3:::${bucket}`;
  const quarantine = bucketArn(names.quarantineBucket(config));
  const ready = bucketArn(names.readyBucket(config));
  const objects = { quarantine: `${quarantine}/*`, ready: `${ready}/*` };
  if (name === 'gallery') {
    // It signs URLs for these and never opens an object itself; uploads in parts it begins, completes and aborts.
    allow(role, ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], objects.quarantine);
    allow(role, ['s3:GetObject'], objects.ready);
  }
  if (name === 'gallery-worker') {
    allow(role, ['s3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], objects.quarantine);
    // Copies above 5 GiB go in parts; copies of images that are missing are made of the file itself.
    allow(role, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], objects.ready);
    // The reaper compares both with its rows; and an object that isn't there is 404 and not 403.
    allow(role, ['s3:ListBucket'], quarantine, ready);
    allow(role, ['s3:ListBucketMultipartUploads'], quarantine);
  }
  if (name === 'gallery' || name === 'gallery-worker') {
    allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], data.key.keyArn);
    acknowledge(
      role,
      'Keys of objects are random and made as files come: the bucket is named, its objects cannot be.',
      ...Object.values(objects).map((arn) => `AwsSolutions-IAM5[Resource::${nagName(arn)}]`),
    );
  }
  if (name === 'auth') {
    // It rotates its signing keys itself (ADR 0023).
    allow(
      role,
      [
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
        'secretsmanager:DescribeSecret',
        'secretsmanager:ListSecretVersionIds',
      ],
      data.secrets.signingKeys.secretArn,
    );
  }
}

/** What the one-off tasks of a service do besides reading their secrets. */
export function allowRelease(role: iam.Role, app: string, { data }: Pick<PermissionSources, 'data'>): void {
  const { signingKeys, encryptionKeys } = data.secrets;
  if (app === 'auth') allow(role, ['secretsmanager:PutSecretValue'], signingKeys.secretArn, encryptionKeys.secretArn);
}

/** The task that gives ClickHouse's users new passwords writes what it has read. */
export function allowClickHouseRotation(role: iam.Role, { data: { secrets } }: Pick<PermissionSources, 'data'>): void {
  allow(role, ['secretsmanager:PutSecretValue'], secrets.clickHouseOwner.secretArn, secrets.clickHouse.secretArn);
}

/** As cdk-nag writes what CloudFormation fills in. */
const nagName = (arn: string): string => arn.replace(Aws.PARTITION, '<AWS::Partition>').replace(Aws.ACCOUNT_ID, '<AWS::AccountId>');
