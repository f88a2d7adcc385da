import { Duration } from 'aws-cdk-lib';
import type * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { internalName } from '../internal-name.js';

export interface ClickHouseEndpointProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  /** The server's: another zone would only add one that can fail. */
  readonly subnet: ec2.ISubnet;
  readonly server: autoscaling.AutoScalingGroup;
  readonly serverGroup: ec2.SecurityGroup;
  readonly tasks: ec2.ISecurityGroup;
  readonly logs: s3.IBucket;
}

/** Where services reach the server: `https://clickhouse.<zone>`, with a certificate that everybody can check. */
export const clickHouseServerName = ({ dns }: StageConfig) => `clickhouse.${dns.zoneName}`;

/**
 * TLS all the way: up to a load balancer inside the network, whose certificate ACM renews, and on to the machine, whose
 * own one nobody has to trust. It also follows the machine when that is replaced.
 */
export class ClickHouseEndpoint extends Construct {
  readonly certificate: acm.ICertificate;
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: ClickHouseEndpointProps) {
    super(scope, id);
    const { config, vpc, server, serverGroup } = props;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'ClickHouse endpoint: from tasks alone', allowAllOutbound: false });
    this.securityGroup.connections.allowFrom(props.tasks, ec2.Port.HTTPS, 'tasks');
    serverGroup.connections.allowFrom(this.securityGroup, ec2.Port.tcp(serverPort), 'load balancer');
    const balancer = new elb.NetworkLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: false,
      vpcSubnets: { subnets: [props.subnet] },
      securityGroups: [this.securityGroup],
      deletionProtection: !config.dataMayBeDeleted,
    });
    balancer.logAccessLogs(props.logs, 'clickhouse');
    this.certificate = internalName(this, 'Name', { config, name: clickHouseServerName(config), balancer });
    balancer.addListener('Https', {
      port: 443,
      protocol: elb.Protocol.TLS,
      certificates: [this.certificate],
      sslPolicy: elb.SslPolicy.TLS13_RES,
      defaultTargetGroups: [
        new elb.NetworkTargetGroup(this, 'Server', {
          vpc,
          port: serverPort,
          protocol: elb.Protocol.TLS,
          targets: [server],
          preserveClientIp: false,
          deregistrationDelay: Duration.seconds(0),
          connectionTermination: true,
          healthCheck: { protocol: elb.Protocol.HTTPS, path: '/ping', interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2, unhealthyThresholdCount: 3 },
        }),
      ],
    });
  }
}

/** As assets/clickhouse/setup.sh has it. */
const serverPort = 8443;
