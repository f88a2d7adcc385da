import { fileURLToPath } from 'node:url';
import { Duration, Stack } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface TaskRunnerProps {
  readonly cluster: ecs.ICluster;
  readonly log: logs.ILogGroup;
  /** Names of services that the first deployment asks for new tasks. */
  readonly redeploys: readonly string[];
}

const code = fileURLToPath(new URL('../../lambda/run-task', import.meta.url));

/** The function behind `Custom::ReleaseTask`: runs a task and tells CloudFormation how it ended. */
export class TaskRunner extends Construct {
  readonly functionArn: string;
  private readonly policy: iam.Policy;

  constructor(scope: Construct, id: string, { cluster, log, redeploys }: TaskRunnerProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const runner = new lambda.Function(this, 'Function', {
      description: 'Runs one-off tasks of a release and waits for their end',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code),
      role,
      timeout: Duration.minutes(15),
      memorySize: 256,
      logGroup: log,
    });
    this.functionArn = runner.functionArn;
    // Of its own, not the role's: the function names itself in it, and must not wait for what names it.
    this.policy = new iam.Policy(this, 'Policy', { roles: [role] });
    const tasks = stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` });
    this.add(['logs:CreateLogStream', 'logs:PutLogEvents'], log.logGroupArn);
    this.add(['lambda:InvokeFunction'], runner.functionArn);
    this.add(['ecs:DescribeTasks'], tasks);
    this.add(
      ['ecs:UpdateService'],
      ...redeploys.map((name) => stack.formatArn({ service: 'ecs', resource: 'service', resourceName: `${cluster.clusterName}/${name}` })),
    );
  }

  /** Lets it run this task, and hand the task its two roles. */
  allow(task: ecs.FargateTaskDefinition): void {
    this.add(['ecs:RunTask'], task.taskDefinitionArn);
    const roles = [task.taskRole, task.executionRole].flatMap((role) => (role ? [role.roleArn] : []));
    this.policy.addStatements(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: roles,
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
  }

  private add(actions: string[], ...resources: string[]): void {
    this.policy.addStatements(new iam.PolicyStatement({ actions, resources }));
  }
}
