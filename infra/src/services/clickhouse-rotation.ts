import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';
import { hardened, logTo, plainEnvironment, taskDefinition } from './containers.js';
import type { ProcessEnvironment } from './process-environment.js';

export interface ClickHouseRotationProps {
  readonly config: StageConfig;
  readonly environment: ProcessEnvironment;
  readonly cluster: ecs.ICluster;
  readonly image: ecs.ContainerImage;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly executionRole: iam.IRole;
}

/** Family of its tasks. */
export const clickHouseRotationFamily = ({ name }: StageConfig) => `atrium-${name}-events-rotation`;

/**
 * A task that gives ClickHouse's users new passwords, once a period. Secrets Manager has no function that speaks
 * ClickHouse, and one would need a place in the network; the program of events has both.
 */
export class ClickHouseRotation extends Construct {
  readonly taskRole: iam.Role;
  /** Starts the task once a period. */
  readonly schedule: events.CfnRule;

  constructor(scope: Construct, id: string, props: ClickHouseRotationProps) {
    super(scope, id);
    const { config, environment, cluster, vpc, securityGroup, executionRole } = props;
    this.taskRole = new iam.Role(this, 'TaskRole', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'What the rotation of passwords of ClickHouse may do',
    });
    const task = taskDefinition(this, 'Task', { family: clickHouseRotationFamily(config), cpu: 256, memory: 512, taskRole: this.taskRole, executionRole });
    task.addContainer('rotate', {
      ...hardened,
      image: props.image,
      command: ['node', 'apps/events/dist/rotate-clickhouse.js'],
      environment: plainEnvironment(environment),
      logging: logTo(logGroup(this, 'Log', `/atrium/${config.name}/clickhouse-rotation`, config.observability.logDays), 'rotate'),
    });
    const starter = new iam.Role(this, 'Starter', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
    starter.addToPolicy(
      new iam.PolicyStatement({
        actions: ['ecs:RunTask'],
        resources: [task.taskDefinitionArn],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }),
    );
    starter.addToPolicy(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.taskRole.roleArn, executionRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
    const target: events.CfnRule.TargetProperty = {
      id: 'rotate',
      arn: cluster.clusterArn,
      roleArn: starter.roleArn,
      ecsParameters: {
        taskDefinitionArn: task.taskDefinitionArn,
        launchType: 'FARGATE',
        networkConfiguration: {
          awsVpcConfiguration: {
            subnets: vpc.selectSubnets({ subnetGroupName: 'app' }).subnetIds,
            securityGroups: [securityGroup.securityGroupId],
            assignPublicIp: 'DISABLED',
          },
        },
      },
    };
    this.schedule = new events.CfnRule(this, 'Schedule', {
      name: clickHouseRotationFamily(config),
      scheduleExpression: `rate(${config.secrets.rotationDays} ${config.secrets.rotationDays === 1 ? 'day' : 'days'})`,
      targets: [target],
    });
  }
}
