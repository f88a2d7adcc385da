import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ProcessEnvironment } from './process-environment.js';

/** After SIGTERM, until ECS kills: above the 25 seconds after which a process ends itself, so that its last words are kept. */
export const stopTimeout = Duration.seconds(30);

export const taskDefinition = (
  scope: Construct,
  id: string,
  props: { family: string; cpu: number; memory: number; taskRole: iam.IRole; executionRole: iam.IRole },
): ecs.FargateTaskDefinition =>
  new ecs.FargateTaskDefinition(scope, id, {
    family: props.family,
    cpu: props.cpu,
    memoryLimitMiB: props.memory,
    taskRole: props.taskRole,
    executionRole: props.executionRole,
    runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
  });

/** As the task definition wants them: secrets by their ARN alone, since processes read them themselves. */
export const plainEnvironment = ({ variables, secrets }: ProcessEnvironment): Record<string, string> => ({
  ...variables,
  ...Object.fromEntries(Object.entries(secrets).map(([name, { secretArn }]) => [name, secretArn])),
});

/** What every container of ours has: not root, nothing to write to, no privilege, the time to stop in order. */
export const hardened = {
  readonlyRootFilesystem: true,
  // The user `node` of the image, by number: ECS can then tell that it is not root.
  user: '1000:1000',
  stopTimeout,
} as const;

/** Not blocking: a process goes on when CloudWatch doesn't take its lines. */
export const logTo = (group: logs.ILogGroup, streamPrefix: string): ecs.LogDriver =>
  ecs.LogDrivers.awsLogs({
    logGroup: group,
    streamPrefix,
    mode: ecs.AwsLogDriverMode.NON_BLOCKING,
  });
