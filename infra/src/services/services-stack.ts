import { fileURLToPath } from 'node:url';
import { CustomResource, IgnoreMode, Stack, type StackProps } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as cloudmap from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import { type DataStack, databaseServices } from '../data/data-stack.js';
import type { EdgeStack } from '../edge/edge-stack.js';
import { logGroup } from '../log-group.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import { analystsPort, type NetworkStack, servicePort } from '../network/network-stack.js';
import { AtriumService, type ServiceTarget } from './atrium-service.js';
import { ClickHouseRotation } from './clickhouse-rotation.js';
import { CommonRights } from './common-rights.js';
import { type ProcessDefinition, processDefinitions } from './process-definitions.js';
import { clickHouseRotationEnvironment, environmentOf, type EnvironmentSources, releaseEnvironmentOf } from './process-environment.js';
import type { ProcessName } from './process-names.js';
import { ReleaseTask } from './release-task.js';
import { scale } from './scaling.js';
import { allowClickHouseRotation, allowMore, allowQueues, allowRelease, allowSecrets } from './task-permissions.js';
import type { TaskRunner } from './task-runner.js';

export interface ServicesStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: NetworkStack;
  readonly messaging: MessagingStack;
  readonly data: DataStack;
  readonly edge: EdgeStack;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

const serviceNameOf = ({ name }: StageConfig, process: string) => `atrium-${name}-${process}`;

/** The processes of the platform, and the tasks that go before them. */
export class ServicesStack extends Stack {
  readonly cluster: ecs.Cluster;
  readonly services: ReadonlyMap<ProcessName, AtriumService>;

  constructor(scope: Construct, id: string, { config, network, messaging, data, edge, ...props }: ServicesStackProps) {
    super(scope, id, props);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: `atrium-${config.name}`,
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const namespace = new cloudmap.HttpNamespace(this, 'Namespace', { name: `atrium-${config.name}` });
    acknowledge(this, 'Environment variables hold settings and names of secrets; every secret is read by the process itself, from Secrets Manager.', 'AwsSolutions-ECS2');
    const images = new Map(processDefinitions.map(({ app }) => [app, imageOf(app)]));
    const image = (app: ProcessDefinition['app']) => images.get(app) ?? imageOf(app);
    const cidrs = (group: string) => network.vpc.selectSubnets({ subnetGroupName: group }).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock);
    const sources: EnvironmentSources = { config, data, messaging, loadBalancerRanges: cidrs('public'), taskRanges: cidrs('app') };
    // Those that call somebody who starts after them: their first tasks can't find that one.
    const early = processDefinitions.filter(({ calls }, index) => calls.some((called) => positionOf(called) > index));
    const redeploys = early.map(({ name }) => serviceNameOf(config, name));
    const rights = new CommonRights(this, 'CommonRights', {
      cluster: this.cluster,
      log: logGroup(this, 'RunnerLog', `/atrium/${config.name}/release`, config.observability.logDays),
      redeploys,
    });
    const { executionRole, tracing, runner } = rights;
    const shared = { config, cluster: this.cluster, securityGroup: network.tasks, executionRole };
    const releases = new Map(
      databaseServices.map((app) => {
        const environment = releaseEnvironmentOf(app, sources);
        const release = new ReleaseTask(this, `${app}-release`, { ...shared, app, environment, image: image(app), vpc: network.vpc, runner });
        allowSecrets(release.taskRole, environment);
        allowRelease(release.taskRole, app, { data });
        return [app as string, release];
      }),
    );

    const rotationEnvironment = clickHouseRotationEnvironment(sources);
    const rotation = new ClickHouseRotation(this, 'events-rotation', { ...shared, environment: rotationEnvironment, image: image('events'), vpc: network.vpc });
    allowSecrets(rotation.taskRole, rotationEnvironment);
    allowClickHouseRotation(rotation.taskRole, { data });
    // It finds users that are there.
    const eventsRelease = releases.get('events');
    if (eventsRelease) rotation.schedule.node.addDependency(eventsRelease);

    const services = new Map<ProcessName, AtriumService>();
    for (const process of processDefinitions) {
      const environment = environmentOf(process, sources);
      const isGateway = process.name === 'gateway';
      const service = new AtriumService(this, process.name, {
        ...shared,
        process,
        environment,
        namespace: namespace.namespaceName,
        image: image(process.app),
        tracing,
        targets: targetsOf(process.name, edge),
        ...(isGateway ? { rollBackOn: [edge.errorsAlarmName] } : {}),
      });
      allowSecrets(service.taskRole, environment);
      allowQueues(service.taskRole, process, { config, messaging, data });
      allowMore(service.taskRole, process, { config, messaging, data });
      const scaling = scale(service, {
        config,
        process,
        clusterName: this.cluster.clusterName,
        serviceName: service.serviceName,
        ...(isGateway ? { requestsLabel: edge.requestsLabel } : {}),
      });
      scaling.node.addDependency(service.service);
      service.service.node.addDependency(namespace, rights, service.taskRole);
      const release = releases.get(process.app);
      if (release) service.service.node.addDependency(release);
      for (const called of process.calls) {
        const peer = services.get(called);
        if (peer) service.service.node.addDependency(peer.service);
      }
      services.set(process.name, service);
    }
    this.services = services;
    this.redeploy(runner, redeploys);
  }

  /** Once, after everything stands: tasks of Service Connect find only what was there before them. */
  private redeploy(runner: TaskRunner, redeploys: readonly string[]): void {
    const again = new CustomResource(this, 'Redeploy', {
      serviceToken: runner.functionArn,
      resourceType: 'Custom::FirstRedeploy',
      properties: { Cluster: this.cluster.clusterArn, Redeploy: redeploys },
    });
    again.node.addDependency(runner, ...[...this.services.values()].map(({ service }) => service));
  }
}

/** Load balancers that send to a process. */
function targetsOf(name: ProcessName, { gateway, analysts }: EdgeStack): ServiceTarget[] {
  if (name === 'gateway') return [{ targetGroupArn: gateway.targetGroupArn, port: servicePort }];
  if (name === 'events' && analysts) return [{ targetGroupArn: analysts.targetGroup.targetGroupArn, port: analystsPort }];
  return [];
}

const positionOf = (app: string): number => processDefinitions.findIndex(({ name }) => name === app);

/** Of what .dockerignore leaves: a change elsewhere makes no new image. */
const imageOf = (app: string): ecs.ContainerImage =>
  ecs.ContainerImage.fromAsset(root, {
    file: 'docker/Dockerfile',
    buildArgs: { APP: app },
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
  });
