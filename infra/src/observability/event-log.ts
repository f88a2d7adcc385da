import { ArnFormat, Aws, type Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';

/** What AWS tells of by events alone: kept in a log for whoever asks, and counted for alarms. */
export class EventLog extends Construct {
  private readonly logArn: string;
  private readonly prefix: string;

  constructor(scope: Construct, id: string, { name, observability }: StageConfig) {
    super(scope, id);
    this.prefix = `atrium-${name}-`;
    // EventBridge writes to groups of this prefix alone.
    const logGroupName = `/aws/events/atrium-${name}`;
    logGroup(this, 'Log', logGroupName, observability.logDays);
    this.logArn = Stack.of(this).formatArn({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    new logs.CfnResourcePolicy(this, 'Policy', {
      policyName: `atrium-${name}-events`,
      policyDocument: Stack.of(this).toJsonString({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: `${this.logArn}:*`,
            Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
          },
        ],
      }),
    });
  }

  /** How many such events there were. */
  count(name: string, pattern: events.EventPattern, period: Duration): cloudwatch.Metric {
    const ruleName = `${this.prefix}${name}`;
    new events.Rule(this, name, { ruleName, eventPattern: pattern, targets: [{ bind: () => ({ arn: this.logArn }) }] });
    return new cloudwatch.Metric({ namespace: 'AWS/Events', metricName: 'Invocations', dimensionsMap: { RuleName: ruleName }, statistic: 'Sum', period });
  }
}
