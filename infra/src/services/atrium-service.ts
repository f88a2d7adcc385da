import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';
import { servicePort } from '../network/network-stack.js';
import { hardened, logTo, plainEnvironment, taskDefinition } from './containers.js';
import type { ProcessDefinition } from './process-definitions.js';
import { type ProcessEnvironment, scratchFolder } from './process-environment.js';

export interface ServiceTarget {
  readonly targetGroupArn: string;
  readonly port: number;
}

export interface AtriumServiceProps {
  readonly config: StageConfig;
  readonly process: ProcessDefinition;
  readonly environment: ProcessEnvironment;
  readonly cluster: ecs.ICluster;
  /** Of Service Connect. */
  readonly namespace: string;
  readonly image: ecs.ContainerImage;
  readonly securityGroup: ec2.ISecurityGroup;
  /** Pulls images and writes logs; no process has its rights. */
  readonly executionRole: iam.IRole;
  /** Lets the collector beside the process send traces. */
  readonly tracing: iam.IManagedPolicy;
  /** Load balancers that send to it, and to which of its ports; none where unset. */
  readonly targets?: readonly ServiceTarget[];
  /** Names of alarms that roll a deployment back besides the service's own. */
  readonly rollBackOn?: readonly string[];
}

/** Asks the process itself, with the runtime that it brings: the image has no curl. */
const liveness = `fetch('http://127.0.0.1:${servicePort}/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;

const collectorImage = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3';

/** One process of the platform on Fargate: how it runs, is found, is replaced, and what rolls its deployment back. */
export class AtriumService extends Construct {
  readonly service: ecs.FargateService;
  readonly taskRole: iam.Role;
  readonly serviceName: string;
  readonly log: logs.LogGroup;
  readonly memoryAlarm: cloudwatch.Alarm;
  private readonly memoryAlarmName: string;

  constructor(scope: Construct, id: string, props: AtriumServiceProps) {
    super(scope, id);
    const { config, process } = props;
    const size = config.processes[process.name];
    this.serviceName = `atrium-${config.name}-${process.name}`;
    this.memoryAlarmName = `${this.serviceName}-memory`;
    this.taskRole = new iam.Role(this, 'TaskRole', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `What ${process.name} may do`,
      managedPolicies: [props.tracing],
    });
    this.log = logGroup(this, 'Log', `/atrium/${config.name}/${process.name}`, config.observability.logDays);
    const task = taskDefinition(this, 'Task', { ...size, ...props, family: this.serviceName, taskRole: this.taskRole });
    this.addContainers(task, props);

    this.memoryAlarm = this.alarmOfMemory(props.cluster.clusterName);
    this.service = new ecs.FargateService(this, 'Service', {
      serviceName: this.serviceName,
      cluster: props.cluster,
      taskDefinition: task,
      securityGroups: [props.securityGroup],
      vpcSubnets: { subnetGroupName: 'app' },
      assignPublicIp: false,
      platformVersion: ecs.FargatePlatformVersion.LATEST,
      // Twice as many for a moment, never fewer: requests go on while tasks are replaced.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      circuitBreaker: { rollback: true },
      deploymentAlarms: { alarmNames: [this.memoryAlarmName, ...(props.rollBackOn ?? [])], behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM },
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      serviceConnectConfiguration: {
        namespace: props.namespace,
        logDriver: logTo(this.log, 'service-connect'),
        services: listens(process) ? [{ portMappingName: process.name, dnsName: process.name, port: servicePort }] : [],
      },
    });
    this.service.node.addDependency(this.memoryAlarm);
    if (props.targets?.length) {
      const resource = this.service.node.defaultChild as ecs.CfnService;
      resource.loadBalancers = props.targets.map(({ targetGroupArn, port }) => ({ targetGroupArn, containerName: process.name, containerPort: port }));
      resource.healthCheckGracePeriodSeconds = 60;
    }
  }

  private addContainers(task: ecs.FargateTaskDefinition, { process, environment, image, targets = [] }: AtriumServiceProps): void {
    const others = targets.filter(({ port }) => port !== servicePort);
    const container = task.addContainer(process.name, {
      ...hardened,
      containerName: process.name,
      image,
      essential: true,
      command: ['node', `apps/${process.app}/dist/${process.entry}`],
      environment: plainEnvironment(environment),
      logging: logTo(this.log, process.name),
      // No application protocol: Service Connect then passes TCP on as it is, with our headers, and cuts no long answer.
      portMappings: [{ name: process.name, containerPort: servicePort }, ...others.map(({ port }) => ({ containerPort: port }))],
      healthCheck: {
        command: ['CMD', 'node', '-e', liveness],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
    });
    if (environment.variables['SCRATCH_DIR'] !== undefined) {
      task.addVolume({ name: 'scratch' });
      container.addMountPoints({ sourceVolume: 'scratch', containerPath: scratchFolder, readOnly: false });
    }
    // Not essential: the platform works without traces. It holds no secrets, and writes its configuration where it runs.
    task.addContainer('traces', {
      image: ecs.ContainerImage.fromRegistry(collectorImage),
      essential: false,
      command: ['--config=/etc/ecs/ecs-default-config.yaml'],
      memoryReservationMiB: 64,
      logging: logTo(this.log, 'traces'),
    });
  }

  private alarmOfMemory(clusterName: string): cloudwatch.Alarm {
    const metric = new cloudwatch.Metric({
      namespace: 'AWS/ECS',
      metricName: 'MemoryUtilization',
      dimensionsMap: { ClusterName: clusterName, ServiceName: this.serviceName },
      statistic: 'Maximum',
      period: Duration.minutes(1),
    });
    return new cloudwatch.Alarm(this, 'Memory', {
      alarmName: this.memoryAlarmName,
      alarmDescription: `${this.serviceName} is about to run out of memory. Runbook: docs/runbooks/aws-alarms.md#memory`,
      metric,
      threshold: 90,
      evaluationPeriods: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}

/** Others call the API of a service; nobody calls its worker, the mailer, or, from inside, the gateway. */
const listens = ({ name, entry }: ProcessDefinition): boolean => entry === 'main.js' && name !== 'mailer' && name !== 'gateway';
