import { Stack } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import { TaskRunner, type TaskRunnerProps } from './task-runner.js';

/** What tasks have in common; what a process itself may do is in its own role. */
export class CommonRights extends Construct {
  /** Pulls images and writes logs; no process has it. */
  readonly executionRole: iam.Role;
  /** Sends traces. */
  readonly tracing: iam.ManagedPolicy;
  /** Runs the one-off tasks. */
  readonly runner: TaskRunner;

  constructor(scope: Construct, id: string, props: TaskRunnerProps) {
    super(scope, id);
    this.executionRole = new iam.Role(this, 'ExecutionRole', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.tracing = new iam.ManagedPolicy(this, 'Tracing', {
      description: 'Sending traces to X-Ray',
      statements: [new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] })],
    });
    this.runner = new TaskRunner(this, 'Runner', props);
    acknowledge(
      this,
      "Signing in to the account's registry (ecr:GetAuthorizationToken) and sending traces to X-Ray know no resources; neither reads anything. Repositories and log groups are named one by one. The function that runs one-off tasks reads the state of tasks of its own cluster alone, whose ids are made as they start.",
      'AwsSolutions-IAM5[Resource::*]',
      `AwsSolutions-IAM5[Resource::${tasksOf(Stack.of(this), props.cluster)}]`,
    );
  }
}

/** As cdk-nag names them. */
const tasksOf = (stack: Stack, cluster: ecs.ICluster): string =>
  `arn:<AWS::Partition>:ecs:${stack.region}:<AWS::AccountId>:task/<${stack.getLogicalId(cluster.node.defaultChild as ecs.CfnCluster)}>/*`;
