import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Logs go with their stack, and after their days. */
export const logGroup = (scope: Construct, id: string, name: string, retention: logs.RetentionDays): logs.LogGroup =>
  new logs.LogGroup(scope, id, { logGroupName: name, retention, removalPolicy: RemovalPolicy.DESTROY });
