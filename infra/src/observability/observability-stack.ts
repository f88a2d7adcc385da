import { Stack, type StackProps } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import type { DataStack } from '../data/data-stack.js';
import type { EdgeStack } from '../edge/edge-stack.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import type { ServicesStack } from '../services/services-stack.js';
import { alarmTopic } from './alarm-topic.js';
import { Alarms } from './alarms.js';
import { dashboard } from './dashboard.js';
import { EventLog } from './event-log.js';
import { ServiceTraffic } from './service-traffic.js';
import { watchClickHouse, watchPostgres, watchRotation, watchState } from './watch-data.js';
import { watchQueues } from './watch-queues.js';
import { watchEdge, watchServices } from './watch-services.js';

export interface ObservabilityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly messaging: MessagingStack;
  readonly data: DataStack;
  readonly edge: EdgeStack;
  readonly services: ServicesStack;
}

/** What wakes somebody, what they look at, and what it costs. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { config, messaging, data, edge, services, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const topic = alarmTopic(this, `atrium-${config.name}-alarms`, config);
    const alarms = new Alarms(this, 'Alarms', `atrium-${config.name}-`, topic);
    const events = new EventLog(this, 'Events', config);
    const gateway = services.services.get('gateway');
    if (!gateway) throw new Error('There is no gateway.');
    const traffic = new ServiceTraffic(this, 'Traffic', config, gateway.log);
    watchQueues(alarms, messaging);
    watchServices(alarms, services);
    traffic.watch(alarms);
    watchEdge(alarms, edge);
    watchPostgres(alarms, events, config, data);
    watchRotation(alarms, events, config);
    watchState(alarms, config, data);
    if (data.clickHouse) watchClickHouse(alarms, config, data.clickHouse);
    dashboard(this, { config, messaging, data, edge, services, traffic });
    this.budget(config, topic);
  }

  /** A notice carries its name alone: the runbook has a section of that name. */
  private budget({ name, observability }: StageConfig, topic: sns.ITopic): void {
    const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
    const notice = (notificationType: string, threshold: number) => ({
      notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
      subscribers,
    });
    new budgets.CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `atrium-${name}-budget`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: observability.monthlyBudgetUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
    });
  }
}
