import { CustomResource, Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';
import { hardened, logTo, plainEnvironment, taskDefinition } from './containers.js';
import type { ProcessEnvironment } from './process-environment.js';
import type { TaskRunner } from './task-runner.js';

export interface ReleaseTaskProps {
  readonly config: StageConfig;
  readonly app: string;
  readonly environment: ProcessEnvironment;
  readonly cluster: ecs.ICluster;
  readonly image: ecs.ContainerImage;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly executionRole: iam.IRole;
  readonly runner: TaskRunner;
}

/** What is done before a service's new tasks start, in this order; each step is safe to repeat. */
const stepsOf = (app: string): [string, string[]][] => [
  ['provision', ['provision.js']],
  ...(app === 'auth'
    ? ([
        ['signing-key', ['rotate-signing-key.js', 'ensure']],
        ['encryption-key', ['rotate-encryption-key.js', 'ensure']],
      ] as [string, string[]][])
    : []),
  ['migrate', ['migrate.js']],
];

/**
 * A service's one-off task: roles, first keys, migrations. It runs whenever its task definition changes, hence whenever
 * the image does, and whatever depends on it waits: new code never meets an old schema. A step that fails fails the
 * deployment, and the old tasks go on.
 */
export class ReleaseTask extends Construct {
  readonly taskRole: iam.Role;

  constructor(scope: Construct, id: string, props: ReleaseTaskProps) {
    super(scope, id);
    const { config, app } = props;
    const family = `atrium-${config.name}-${app}-release`;
    this.taskRole = new iam.Role(this, 'TaskRole', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `What the release of ${app} may do`,
    });
    const log = logGroup(this, 'Log', `/atrium/${config.name}/${app}-release`, config.observability.logDays);
    const task = taskDefinition(this, 'Task', { ...props, family, cpu: 512, memory: 1_024, taskRole: this.taskRole });
    const steps = stepsOf(app);
    const containers = steps.map(([name, [script, ...args]], index) =>
      task.addContainer(name, {
        ...hardened,
        image: props.image,
        // The last one ends the task; one before that fails keeps the next from starting, which ends it too.
        essential: index === steps.length - 1,
        command: ['node', `apps/${app}/dist/${script}`, ...args],
        environment: plainEnvironment(props.environment),
        logging: logTo(log, name),
      }),
    );
    containers.forEach((container, index) => {
      const before = containers[index - 1];
      if (before) container.addContainerDependencies({ container: before, condition: ecs.ContainerDependencyCondition.SUCCESS });
    });
    props.runner.allow(task);
    const run = new CustomResource(this, 'Run', {
      serviceToken: props.runner.functionArn,
      resourceType: 'Custom::ReleaseTask',
      serviceTimeout: Duration.hours(1),
      properties: {
        Cluster: props.cluster.clusterArn,
        TaskDefinition: task.taskDefinitionArn,
        Subnets: props.vpc.selectSubnets({ subnetGroupName: 'app' }).subnetIds,
        SecurityGroups: [props.securityGroup.securityGroupId],
      },
    });
    run.node.addDependency(this.taskRole, props.executionRole, props.runner, log);
  }
}
