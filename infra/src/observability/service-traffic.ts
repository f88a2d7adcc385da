import type { ServiceName } from '@atrium/contract-kit';
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import type { Alarms } from './alarms.js';

/** Services that the gateway hands requests to. */
export const calledServices = ['auth', 'users', 'gallery', 'events'] as const satisfies readonly ServiceName[];
const counts = ['requests', 'errors', 'slow'] as const;

/** Requests, errors and slow answers of each service, from the line that the gateway writes once a minute. */
export class ServiceTraffic extends Construct {
  private readonly namespace: string;

  constructor(scope: Construct, id: string, config: StageConfig, gatewayLog: logs.ILogGroup) {
    super(scope, id);
    this.namespace = names.metrics(config);
    for (const service of calledServices) {
      for (const count of counts) {
        new logs.MetricFilter(this, `${service}-${count}`, {
          logGroup: gatewayLog,
          filterPattern: logs.FilterPattern.stringValue('$.traffic.service', '=', service),
          metricNamespace: this.namespace,
          metricName: `${service}-${count}`,
          metricValue: `$.traffic.${count}`,
        });
      }
    }
  }

  watch(alarms: Alarms): void {
    for (const service of calledServices) {
      alarms.add({
        name: `${service}-errors`,
        meaning: `More than 1 % of requests to ${service} were answered 5xx.`,
        runbook: 'errors',
        metric: this.percent(service, 'errors'),
        threshold: 1,
        minutes: 3,
      });
      alarms.add({
        name: `${service}-slow`,
        meaning: `One request in twenty to ${service} takes longer than a second: p95 is above it.`,
        runbook: 'slow',
        metric: this.percent(service, 'slow'),
        threshold: 5,
        minutes: 5,
      });
    }
  }

  metric(service: string, count: (typeof counts)[number]): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: this.namespace, metricName: `${service}-${count}`, statistic: 'Sum', period: Duration.minutes(1), label: service });
  }

  /** Of its requests, where there are enough to say so. */
  private percent(service: string, count: 'errors' | 'slow'): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      label: `% of requests to ${service}`,
      expression: 'IF(requests > 20, 100 * part / requests, 0)',
      usingMetrics: { requests: this.metric(service, 'requests'), part: this.metric(service, count) },
      period: Duration.minutes(1),
    });
  }
}
