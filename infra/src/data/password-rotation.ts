import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';

export interface PasswordRotationProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
  /** The administrator's secret, attached to the database. */
  readonly administrator: secretsmanager.ISecret;
}

/**
 * AWS's own rotation function for one user: each role changes its own password, and services read it for each new
 * connection. One function for all secrets; AWS lets it touch only those whose rotation names it.
 */
export class PasswordRotation extends Construct {
  private readonly functionArn: string;
  private readonly first: secretsmanager.RotationSchedule;
  private readonly days: number;

  constructor(scope: Construct, id: string, { config, vpc, securityGroup, administrator }: PasswordRotationProps) {
    super(scope, id);
    this.days = config.secrets.rotationDays;
    const functionName = `atrium-${config.name}-postgres-rotation`;
    this.functionArn = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.first = administrator.addRotationSchedule('Rotation', {
      automaticallyAfter: Duration.days(this.days),
      rotateImmediatelyOnUpdate: false,
      hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({
        functionName,
        vpc,
        vpcSubnets: { subnetGroupName: 'app' },
        securityGroups: [securityGroup],
      }),
    });
  }

  /** From its second period on: the role is made by the release task, after this stack. */
  rotate(id: string, secret: secretsmanager.ISecret): void {
    const schedule = new secretsmanager.CfnRotationSchedule(this, id, {
      secretId: secret.secretArn,
      rotationLambdaArn: this.functionArn,
      rotateImmediatelyOnUpdate: false,
      rotationRules: { scheduleExpression: `rate(${this.days} days)` },
    });
    schedule.node.addDependency(this.first);
  }
}
