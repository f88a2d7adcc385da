import { Duration } from 'aws-cdk-lib';
import * as scaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import type { ProcessDefinition } from './process-definitions.js';

export interface ScalingProps {
  readonly config: StageConfig;
  readonly process: ProcessDefinition;
  readonly clusterName: string;
  readonly serviceName: string;
  /** Of the load balancer and its target group, where requests count. */
  readonly requestsLabel?: string;
}

/** Percent of a task's CPU that is aimed at: what is left carries a rise until more tasks run, a minute or two later. */
const cpuPercent = 60;
/** Requests a minute and task of the gateway; a task of one vCPU relays ten times as many when pressed. */
const requestsPerTask = 30_000;
/** Messages that may wait for each task of a worker; a task handles as many in seconds. */
const backlogPerTask = 200;
const cooldowns = { scaleOutCooldown: Duration.seconds(30), scaleInCooldown: Duration.minutes(5) };

/** How many tasks a process has: by CPU, the gateway also by requests, workers also by what waits for each. */
export function scale(scope: Construct, props: ScalingProps): scaling.ScalableTarget {
  const { minTasks, maxTasks } = props.config.processes[props.process.name];
  const target = new scaling.ScalableTarget(scope, 'Scaling', {
    serviceNamespace: scaling.ServiceNamespace.ECS,
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: `service/${props.clusterName}/${props.serviceName}`,
    minCapacity: minTasks,
    maxCapacity: maxTasks,
  });
  target.scaleToTrackMetric('Cpu', {
    ...cooldowns,
    targetValue: cpuPercent,
    predefinedMetric: scaling.PredefinedMetric.ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
  });
  if (props.requestsLabel) {
    target.scaleToTrackMetric('Requests', {
      ...cooldowns,
      targetValue: requestsPerTask,
      predefinedMetric: scaling.PredefinedMetric.ALB_REQUEST_COUNT_PER_TARGET,
      resourceLabel: props.requestsLabel,
    });
  }
  if (props.process.entry === 'worker.js') scaleOnBacklog(scope, target, props);
  return target;
}

function scaleOnBacklog(scope: Construct, target: scaling.ScalableTarget, { config, process, clusterName, serviceName }: ScalingProps): void {
  const dimension = (name: string, value: string) => ({ name, value });
  const waiting = process.consumes.map(({ name }, index) => ({
    id: `waiting${index}`,
    returnData: false,
    metricStat: {
      stat: 'Sum',
      metric: {
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: [dimension('QueueName', `${names.queuePrefix(config)}${name}`)],
      },
    },
  }));
  const tasks = {
    id: 'tasks',
    returnData: false,
    metricStat: {
      stat: 'Average',
      metric: {
        namespace: 'ECS/ContainerInsights',
        metricName: 'RunningTaskCount',
        dimensions: [dimension('ClusterName', clusterName), dimension('ServiceName', serviceName)],
      },
    },
  };
  const sum = waiting.map(({ id }) => `FILL(${id}, 0)`).join(' + ');
  const share = { id: 'share', expression: `(${sum}) / FILL(tasks, 1)`, returnData: true };
  new scaling.CfnScalingPolicy(scope, 'Backlog', {
    policyName: `${serviceName}-backlog`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: backlogPerTask,
      scaleOutCooldown: cooldowns.scaleOutCooldown.toSeconds(),
      scaleInCooldown: cooldowns.scaleInCooldown.toSeconds(),
      customizedMetricSpecification: { metrics: [...waiting, tasks, share] },
    },
  });
}
