import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EdgeStack } from '../edge/edge-stack.js';
import type { ServicesStack } from '../services/services-stack.js';
import type { Alarms } from './alarms.js';

const minute = { period: Duration.minutes(1) };

/** Of every process: CPU, memory and whether it runs. */
export function watchServices(alarms: Alarms, { services, cluster }: ServicesStack): void {
  for (const [name, { service, serviceName, memoryAlarm }] of services) {
    alarms.add({
      name: `${name}-cpu`,
      meaning: `${name} is short of CPU although autoscaling had time to add tasks.`,
      runbook: 'cpu',
      metric: service.metricCpuUtilization(minute),
      threshold: 85,
      minutes: 15,
    });
    alarms.add({
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
    alarms.tellOf(`${name}-short-of-memory`, memoryAlarm, `${name} is about to run out of memory.`, 'memory');
  }
}

/** Where the internet comes in. */
export function watchEdge(alarms: Alarms, { loadBalancer, certificate, gateway, errorsAlarm }: EdgeStack): void {
  alarms.tellOf('errors', errorsAlarm, 'More than 1 % of requests were answered 5xx.', 'errors');
  alarms.add({
    name: 'slow',
    meaning: 'One request in twenty takes longer than a second.',
    runbook: 'slow',
    metric: loadBalancer.metrics.targetResponseTime({ ...minute, statistic: 'p95' }),
    threshold: 1,
    minutes: 5,
  });
  alarms.add({
    name: 'gateway-unhealthy',
    meaning: 'The load balancer finds no healthy gateway.',
    runbook: 'tasks',
    metric: gateway.metrics.healthyHostCount({ ...minute, statistic: 'Minimum' }),
    threshold: 1,
    minutes: 2,
    when: 'below',
    silenceIsBad: true,
  });
  alarms.certificate('certificate', 'the API', certificate);
}
