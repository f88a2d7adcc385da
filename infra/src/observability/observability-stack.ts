import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import type { DataStack } from '../data/data-stack.js';
import type { EdgeStack } from '../edge/edge-stack.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import type { ServicesStack } from '../services/services-stack.js';
import { Alarms } from './alarms.js';
import { dashboard } from './dashboard.js';

export interface ObservabilityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly messaging: MessagingStack;
  readonly data: DataStack;
  readonly edge: EdgeStack;
  readonly services: ServicesStack;
}

const minute = { period: Duration.minutes(1) };
const fiveMinutes = { period: Duration.minutes(5) };
const gibibyte = 1_073_741_824;

/** What wakes somebody, what they look at, and what it costs. */
export class ObservabilityStack extends Stack {
  private readonly alarms: Alarms;

  constructor(scope: Construct, id: string, { config, messaging, data, edge, services, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    this.alarms = new Alarms(this, 'Alarms', `atrium-${config.name}-`, this.topic(config));
    this.watchQueues(messaging);
    this.watchServices(services, edge);
    this.watchEdge(edge);
    this.watchData(config, data);
    dashboard(this, { config, messaging, data, edge, services });
    this.budget(config);
  }

  /** Encrypted with a key that CloudWatch may use; AWS's own for topics doesn't let it. */
  private topic({ name, observability }: StageConfig): sns.Topic {
    const key = new kms.Key(this, 'Key', { description: `Alarms of Atrium ${name}`, enableKeyRotation: true });
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
      }),
    );
    const topic = new sns.Topic(this, 'Topic', { topicName: `atrium-${name}-alarms`, masterKey: key, enforceSSL: true });
    topic.addSubscription(new subscriptions.EmailSubscription(observability.alarmEmail));
    return topic;
  }

  private watchQueues({ queues }: MessagingStack): void {
    for (const { definition, queue, deadLetters } of queues.values()) {
      this.alarms.add({
        name: `${definition.name}-dead-letters`,
        meaning: `Messages of ${definition.name} could not be handled.`,
        runbook: 'dead-letters',
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ ...minute, statistic: 'Maximum' }),
        threshold: 0,
        minutes: 1,
      });
      this.alarms.add({
        name: `${definition.name}-age`,
        meaning: `The oldest message of ${definition.name} has waited for more than ten minutes.`,
        runbook: 'backlog',
        metric: queue.metricApproximateAgeOfOldestMessage({ ...minute, statistic: 'Maximum' }),
        threshold: 600,
        minutes: 5,
      });
    }
  }

  private watchServices({ services, cluster }: ServicesStack, edge: EdgeStack): void {
    for (const [name, { service, serviceName, memoryAlarm }] of services) {
      this.alarms.add({
        name: `${name}-cpu`,
        meaning: `${name} is short of CPU although autoscaling had time to add tasks.`,
        runbook: 'cpu',
        metric: service.metricCpuUtilization(minute),
        threshold: 85,
        minutes: 15,
      });
      this.alarms.add({
        name: `${name}-tasks`,
        meaning: `${name} has had no running task for three minutes.`,
        runbook: 'tasks',
        metric: new cloudwatch.Metric({
          namespace: 'ECS/ContainerInsights',
          metricName: 'RunningTaskCount',
          dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: serviceName },
          statistic: 'Minimum',
          ...minute,
        }),
        threshold: 1,
        minutes: 3,
        when: 'below',
        silenceIsBad: true,
      });
      this.alarms.tellOf(`${name}-short-of-memory`, memoryAlarm, `${name} is about to run out of memory.`, 'memory');
    }
    this.alarms.tellOf('errors', edge.errorsAlarm, 'More than 1 % of requests were answered 5xx.', 'errors');
  }

  private watchEdge({ loadBalancer, certificate, gateway }: EdgeStack): void {
    this.alarms.add({
      name: 'slow',
      meaning: 'One request in twenty takes longer than a second.',
      runbook: 'slow',
      metric: loadBalancer.metrics.targetResponseTime({ ...minute, statistic: 'p95' }),
      threshold: 1,
      minutes: 5,
    });
    this.alarms.add({
      name: 'gateway-unhealthy',
      meaning: 'The load balancer finds no healthy gateway.',
      runbook: 'tasks',
      metric: gateway.metrics.healthyHostCount({ ...minute, statistic: 'Minimum' }),
      threshold: 1,
      minutes: 2,
      when: 'below',
      silenceIsBad: true,
    });
    this.alarms.add({
      name: 'certificate',
      meaning: 'The certificate ends within 30 days: ACM could not renew it.',
      runbook: 'certificate',
      metric: certificate.metricDaysToExpiry({ period: Duration.days(1), statistic: 'Minimum' }),
      threshold: 30,
      minutes: 24 * 60,
      when: 'below',
    });
  }

  private watchData({ postgres, state }: StageConfig, data: DataStack): void {
    const { instance } = data.postgres;
    const rds = (name: string, meaning: string, runbook: string, metric: cloudwatch.Metric, threshold: number, when?: 'below') =>
      this.alarms.add({ name: `postgres-${name}`, meaning, runbook, metric, threshold, minutes: 10, ...(when ? { when } : {}) });
    rds('cpu', 'PostgreSQL is short of CPU.', 'postgres', instance.metricCPUUtilization(fiveMinutes), 80);
    rds('connections', 'PostgreSQL has more connections than tasks should make.', 'postgres', instance.metricDatabaseConnections(fiveMinutes), postgres.poolSize * 60);
    // Storage grows by itself up to its bound: little room means that it is there.
    rds('storage', 'PostgreSQL runs out of storage.', 'storage', instance.metricFreeStorageSpace(fiveMinutes), 0.1 * postgres.storageGib * gibibyte, 'below');
    const cache = (metricName: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        dimensionsMap: { clusterId: data.state.cacheName },
        statistic: 'Maximum',
        ...fiveMinutes,
      });
    this.alarms.add({
      name: 'state-storage',
      meaning: 'The shared state is near its bound, beyond which Valkey removes entries.',
      runbook: 'state',
      metric: cache('BytesUsedForCache'),
      threshold: 0.8 * state.maxGb * 1_000_000_000,
      minutes: 10,
    });
    if (data.clickHouse) {
      this.alarms.add({
        name: 'clickhouse-machine',
        meaning: "ClickHouse's machine fails its checks, or there is none.",
        runbook: 'clickhouse',
        metric: new cloudwatch.Metric({
          namespace: 'AWS/EC2',
          metricName: 'StatusCheckFailed',
          dimensionsMap: { AutoScalingGroupName: data.clickHouse.group.autoScalingGroupName },
          statistic: 'Maximum',
          ...minute,
        }),
        threshold: 0,
        minutes: 3,
        silenceIsBad: true,
      });
    }
  }

  private budget({ name, observability }: StageConfig): void {
    const subscribers = [{ subscriptionType: 'EMAIL', address: observability.alarmEmail }];
    const notice = (notificationType: string, threshold: number) => ({
      notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
      subscribers,
    });
    new budgets.CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `atrium-${name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: observability.monthlyBudgetUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
    });
  }
}
