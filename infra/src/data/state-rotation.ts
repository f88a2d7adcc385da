import { fileURLToPath } from 'node:url';
import { ArnFormat, Aws, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';

export interface StateRotationProps {
  readonly config: StageConfig;
  /** The user of the cache whose passwords change. */
  readonly userId: string;
  /** `{url}`, which services read. */
  readonly secret: secretsmanager.ISecret;
  /** `{password}`, which CloudFormation gives the user. */
  readonly password: secretsmanager.ISecret;
}

const code = fileURLToPath(new URL('../../lambda/rotate-state', import.meta.url));

/** Changes the password of the shared state: the user has two, so that nobody is cut off. Outside the network: it asks AWS alone. */
export class StateRotation extends Construct {
  constructor(scope: Construct, id: string, { config, userId, secret, password }: StateRotationProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description: 'Rotates the password of the shared state' });
    const log = logGroup(this, 'Log', `/atrium/${config.name}/state-rotation`, config.observability.logDays);
    const rotation = new lambda.Function(this, 'Function', {
      description: 'Rotates the password of the shared state',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code),
      role,
      timeout: Duration.minutes(5),
      memorySize: 256,
      logGroup: log,
      environment: { USER_ID: userId, PASSWORD_SECRET_ID: password.secretArn },
    });
    const allow = (actions: string[], ...resources: string[]) => role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], log.logGroupArn);
    const versions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map((action) => `secretsmanager:${action}`);
    allow(versions, secret.secretArn);
    allow(['secretsmanager:PutSecretValue'], password.secretArn);
    allow(
      ['elasticache:DescribeUsers', 'elasticache:ModifyUser'],
      stack.formatArn({ service: 'elasticache', resource: 'user', resourceName: userId, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
    );
    rotation.addPermission('Rotate', { principal: new iam.ServicePrincipal('secretsmanager.amazonaws.com'), sourceAccount: Aws.ACCOUNT_ID });
    const schedule = new secretsmanager.CfnRotationSchedule(this, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: rotation.functionArn,
      rotateImmediatelyOnUpdate: false,
      rotationRules: { scheduleExpression: `rate(${config.secrets.rotationDays} days)` },
    });
    schedule.node.addDependency(rotation, role);
  }
}
