import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';

export interface NetworkStackProps extends StackProps {
  readonly config: StageConfig;
}

const endpointServices = {
  sqs: ec2.InterfaceVpcEndpointAwsService.SQS,
  secretsmanager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  'ecr.api': ec2.InterfaceVpcEndpointAwsService.ECR,
  'ecr.dkr': ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
} as const;

/**
 * The VPC and who may reach whom in it. Public subnets hold the load balancer and NAT alone; `app` subnets reach out
 * through NAT; `data` subnets have no way out or in but from `app`.
 */
export class NetworkStack extends Stack {
  readonly vpc: ec2.Vpc;
  /** Of the load balancer. */
  readonly loadBalancer: ec2.SecurityGroup;
  /** Of every task of the platform, one-off tasks included. */
  readonly tasks: ec2.SecurityGroup;
  /** Of the function that rotates database passwords. */
  readonly rotation: ec2.SecurityGroup;
  /** Of the load balancer for tools inside the company; unset where the stage lets none in. */
  readonly analysts: ec2.SecurityGroup | undefined;

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
    super(scope, id, props);
    const { network } = config;
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(network.cidr),
      availabilityZones: network.zones,
      natGateways: network.natGateways,
      // Empties the default security group by a function of its own, for a group that nothing here uses.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'app', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      // Objects of S3, image layers among them, go past NAT without a charge.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    this.vpc.addFlowLog('Flow', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'FlowLogs', { retention: network.flowLogDays, removalPolicy: RemovalPolicy.DESTROY }),
      ),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });

    this.loadBalancer = new ec2.SecurityGroup(this, 'LoadBalancer', {
      vpc: this.vpc,
      description: 'Load balancer: HTTPS from anywhere, to tasks alone',
      allowAllOutbound: false,
    });
    this.tasks = new ec2.SecurityGroup(this, 'Tasks', {
      vpc: this.vpc,
      description: 'Tasks of the platform: from the load balancer and from each other',
    });
    this.tasks.connections.allowFrom(this.loadBalancer, ec2.Port.tcp(servicePort), 'requests to the gateway');
    this.tasks.connections.allowInternally(ec2.Port.tcp(servicePort), 'requests between services');

    this.analysts = config.analysts && this.analystsGroup(config.analysts.ranges);

    this.rotation = new ec2.SecurityGroup(this, 'Rotation', { vpc: this.vpc, description: 'Rotation of database passwords' });

    for (const name of network.interfaceEndpoints) {
      const endpoint = this.vpc.addInterfaceEndpoint(`Endpoint-${name}`, {
        service: endpointServices[name],
        subnets: { subnetGroupName: 'app' },
        open: false,
      });
      endpoint.connections.allowFrom(this.tasks, ec2.Port.HTTPS, 'tasks');
      endpoint.connections.allowFrom(this.rotation, ec2.Port.HTTPS, 'rotation of passwords');
    }
  }

  private analystsGroup(ranges: readonly string[]): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Analysts', { vpc: this.vpc, description: 'Tools of analysts: from inside the company, to tasks alone', allowAllOutbound: false });
    for (const range of ranges) group.connections.allowFrom(ec2.Peer.ipv4(range), ec2.Port.HTTPS, 'tools inside the company');
    this.tasks.connections.allowFrom(group, ec2.Port.tcp(analystsPort), 'tools of analysts');
    return group;
  }
}

/** Where events speaks ClickHouse's interface to tools. */
export const analystsPort = 8124;
/** Where every process listens. */
export const servicePort = 8080;
