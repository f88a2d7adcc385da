import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import type { DataStack } from '../data/data-stack.js';
import type { EdgeStack } from '../edge/edge-stack.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import type { ServicesStack } from '../services/services-stack.js';
import { calledServices, type ServiceTraffic } from './service-traffic.js';

export interface DashboardSources {
  readonly config: StageConfig;
  readonly messaging: MessagingStack;
  readonly data: DataStack;
  readonly edge: EdgeStack;
  readonly services: ServicesStack;
  readonly traffic: ServiceTraffic;
}

const period = Duration.minutes(1);
const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({ title, left, right, width: 12, height: 6 });

/** One page, from the outside in: requests, processes, queues, stores. */
export function dashboard(scope: Construct, { config, messaging, data, edge, services, traffic }: DashboardSources): cloudwatch.Dashboard {
  const { metrics } = edge.loadBalancer;
  const processes = [...services.services.values()];
  const queues = [...messaging.queues.values()];
  const { instance } = data.postgres;
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: `atrium-${config.name}`,
    defaultInterval: Duration.hours(3),
    widgets: [
      [
        graph('Requests a minute', [metrics.requestCount({ period, statistic: 'Sum' })]),
        graph('Seconds to answer', ['p50', 'p95', 'p99'].map((statistic) => metrics.targetResponseTime({ period, statistic, label: statistic }))),
      ],
      [
        graph('Requests a minute, by service', calledServices.map((service) => traffic.metric(service, 'requests'))),
        graph('5xx a minute, by service', calledServices.map((service) => traffic.metric(service, 'errors'))),
      ],
      [
        graph('CPU of processes, %', processes.map(({ service, serviceName }) => service.metricCpuUtilization({ period, label: serviceName }))),
        graph('Memory of processes, %', processes.map(({ service, serviceName }) => service.metricMemoryUtilization({ period, label: serviceName }))),
      ],
      [
        graph('Oldest message, seconds', queues.map(({ queue, definition }) => queue.metricApproximateAgeOfOldestMessage({ period, label: definition.name }))),
        graph('Dead letters', queues.map(({ deadLetters, definition }) => deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: definition.name }))),
      ],
      [
        graph('PostgreSQL: CPU, % and connections', [instance.metricCPUUtilization({ period })], [instance.metricDatabaseConnections({ period })]),
        graph('PostgreSQL: free storage, bytes', [instance.metricFreeStorageSpace({ period })]),
      ],
    ],
  });
}
