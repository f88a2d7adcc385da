import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';

/** Whom alarms and the budget tell. Encrypted with a key that they may use; AWS's own for topics doesn't let them. */
export function alarmTopic(scope: Construct, topicName: string, { name, observability }: StageConfig): sns.Topic {
  const senders = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'].map((service) => new iam.ServicePrincipal(service));
  const key = new kms.Key(scope, 'Key', { description: `Alarms of Atrium ${name}`, enableKeyRotation: true });
  key.addToResourcePolicy(new iam.PolicyStatement({ principals: senders, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }));
  const topic = new sns.Topic(scope, 'Topic', { topicName, masterKey: key, enforceSSL: true });
  // A topic with a policy has no default one: whoever sends is named.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: senders,
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  topic.addSubscription(new subscriptions.EmailSubscription(observability.alarmEmail));
  return topic;
}
